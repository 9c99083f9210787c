package io.heddle.testing;

import io.heddle.TcpListener;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Set;

/** What a listener of ours and one of the JDK have in common. */
public interface Acceptor extends Closeable {
    /** Accepts within that time; zero waits for ever. */
    Connection accept(int millis) throws IOException;

    /** Stays known after close. */
    InetSocketAddress localAddress();

    /** See {@link ServerSocket#setOption}. */
    <T> void set(SocketOption<T> name, T value) throws IOException;

    /** See {@link ServerSocket#getOption}. */
    <T> T get(SocketOption<T> name) throws IOException;

    /** See {@link ServerSocket#supportedOptions}. */
    Set<SocketOption<?>> supportedOptions();

    /** Whether it was not closed. */
    boolean isOpen();

    /** Delegates. */
    record Ours(TcpListener listener) implements Acceptor {
        @Override
        public Connection accept(int millis) throws IOException {
            return Connection.of(listener.accept(Duration.ofMillis(millis)));
        }

        @Override
        public InetSocketAddress localAddress() {
            return listener.localAddress();
        }

        @Override
        public <T> void set(SocketOption<T> name, T value) throws IOException {
            listener.setOption(name, value);
        }

        @Override
        public <T> T get(SocketOption<T> name) throws IOException {
            return listener.getOption(name);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return TcpListener.supportedOptions();
        }

        @Override
        public boolean isOpen() {
            return listener.isOpen();
        }

        @Override
        public void close() {
            listener.close();
        }
    }

    /** Delegates. */
    record Theirs(ServerSocket server) implements Acceptor {
        @Override
        public Connection accept(int millis) throws IOException {
            server.setSoTimeout(millis);
            return Connection.of(server.accept());
        }

        @Override
        public InetSocketAddress localAddress() {
            return (InetSocketAddress) server.getLocalSocketAddress();
        }

        @Override
        public <T> void set(SocketOption<T> name, T value) throws IOException {
            server.setOption(name, value);
        }

        @Override
        public <T> T get(SocketOption<T> name) throws IOException {
            return server.getOption(name);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return server.supportedOptions();
        }

        @Override
        public boolean isOpen() {
            return !server.isClosed();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
