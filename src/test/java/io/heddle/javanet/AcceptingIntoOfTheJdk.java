package io.heddle.javanet;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** One on the JDK's sockets. */
final class AcceptingIntoOfTheJdk extends ServerSocket implements Into {
    AcceptingIntoOfTheJdk() throws IOException {}

    @Override
    public void accept(Socket into) throws IOException {
        implAccept(into);
    }
}
