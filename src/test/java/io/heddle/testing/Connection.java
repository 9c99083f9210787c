package io.heddle.testing;

import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Set;

/** What a connected socket of ours and one of the JDK have in common, so that one test puts both through its steps. */
public interface Connection extends Closeable {
    /** Reads through the stream. */
    int read(byte[] dst) throws IOException;

    /** Writes through the stream. */
    void write(byte[] src) throws IOException;

    /** See {@link InputStream#available}. */
    int available() throws IOException;

    /** See {@link Socket#getInputStream}. */
    InputStream inputStream() throws IOException;

    /** See {@link Socket#getOutputStream}. */
    OutputStream outputStream() throws IOException;

    /** See {@link Socket#shutdownInput}. */
    void shutdownInput() throws IOException;

    /** See {@link Socket#shutdownOutput}. */
    void shutdownOutput() throws IOException;

    /** See {@link Socket#setSoTimeout}. */
    void readTimeout(int millis) throws IOException;

    /** See {@link Socket#setOption}. */
    <T> void set(SocketOption<T> name, T value) throws IOException;

    /** See {@link Socket#getOption}. */
    <T> T get(SocketOption<T> name) throws IOException;

    /** See {@link Socket#supportedOptions}. */
    Set<SocketOption<?>> supportedOptions();

    /** See {@link Socket#getLocalSocketAddress}. */
    InetSocketAddress localAddress();

    /** See {@link Socket#getRemoteSocketAddress}. */
    InetSocketAddress remoteAddress();

    /** Whether it was not closed. */
    boolean isOpen();

    /** Ours. */
    static Connection of(TcpSocket socket) {
        return new Ours(socket);
    }

    /** The JDK's. */
    static Connection of(Socket socket) throws IOException {
        return new Theirs(socket, socket.getInputStream(), socket.getOutputStream());
    }

    /** Delegates. */
    record Ours(TcpSocket socket) implements Connection {
        @Override
        public int read(byte[] dst) throws IOException {
            return socket.read(dst);
        }

        @Override
        public void write(byte[] src) throws IOException {
            socket.write(src);
        }

        @Override
        public int available() throws IOException {
            return socket.available();
        }

        @Override
        public InputStream inputStream() {
            return socket.inputStream();
        }

        @Override
        public OutputStream outputStream() {
            return socket.outputStream();
        }

        @Override
        public void shutdownInput() throws IOException {
            socket.shutdownInput();
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void readTimeout(int millis) {
            socket.setReadTimeout(Duration.ofMillis(millis));
        }

        @Override
        public <T> void set(SocketOption<T> name, T value) throws IOException {
            socket.setOption(name, value);
        }

        @Override
        public <T> T get(SocketOption<T> name) throws IOException {
            return socket.getOption(name);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return TcpSocket.supportedOptions();
        }

        @Override
        public InetSocketAddress localAddress() {
            return socket.localAddress();
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return socket.remoteAddress();
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** Delegates. */
    record Theirs(Socket socket, InputStream in, OutputStream out) implements Connection {
        @Override
        public int read(byte[] dst) throws IOException {
            return in.read(dst);
        }

        @Override
        public void write(byte[] src) throws IOException {
            out.write(src);
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public InputStream inputStream() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream outputStream() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public void shutdownInput() throws IOException {
            socket.shutdownInput();
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void readTimeout(int millis) throws IOException {
            socket.setSoTimeout(millis);
        }

        @Override
        public <T> void set(SocketOption<T> name, T value) throws IOException {
            socket.setOption(name, value);
        }

        @Override
        public <T> T get(SocketOption<T> name) throws IOException {
            return socket.getOption(name);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return socket.supportedOptions();
        }

        @Override
        public InetSocketAddress localAddress() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return (InetSocketAddress) socket.getRemoteSocketAddress();
        }

        @Override
        public boolean isOpen() {
            return !socket.isClosed();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
