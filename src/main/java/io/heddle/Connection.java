package io.heddle;

/** A connected socket, of whatever family, to those who serve it or make streams of it. */
interface Connection extends SocketInput.Source, SocketOutput.Sink {
    @Override
    void close();
}
