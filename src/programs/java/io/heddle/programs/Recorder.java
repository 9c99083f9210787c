package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/** Factories to hand to a program, and what it has made of them: how many, each of the class that it must be. */
final class Recorder {
    private final Class<?> socketClass;
    private final Class<?> listenerClass;
    private final SocketFactory sockets;
    private final ServerSocketFactory listeners;
    private final AtomicInteger socketsMade = new AtomicInteger();
    private final AtomicInteger listenersMade = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Queue<Object> strangers = new ConcurrentLinkedQueue<>();

    Recorder(
            SocketFactory sockets,
            Class<? extends Socket> socketClass,
            ServerSocketFactory listeners,
            Class<? extends ServerSocket> listenerClass) {
        this.sockets = sockets;
        this.socketClass = socketClass;
        this.listeners = listeners;
        this.listenerClass = listenerClass;
    }

    /** So many sockets to connect, listeners, and sockets that these have accepted. */
    record Made(int sockets, int listeners, int accepted) {}

    /** Fails if one was of another class. */
    Made made() {
        assertThat(strangers)
                .as("neither a " + socketClass + " nor a " + listenerClass)
                .isEmpty();
        return new Made(socketsMade.get(), listenersMade.get(), accepted.get());
    }

    SocketFactory factory() {
        return new Sockets();
    }

    ServerSocketFactory serverFactory() {
        return new Listeners();
    }

    private Socket made(Socket socket) {
        record(socket, socketClass, socketsMade);
        return socket;
    }

    private ServerSocket made(ServerSocket listener) throws IOException {
        record(listener, listenerClass, listenersMade);
        return new RecordedListener(listener, socket -> record(socket, socketClass, accepted));
    }

    private void record(Object made, Class<?> expected, AtomicInteger count) {
        if (made.getClass() == expected) {
            count.getAndIncrement();
        } else {
            strangers.add(made.getClass());
        }
    }

    private final class Sockets extends SocketFactory {
        @Override
        public Socket createSocket() throws IOException {
            return made(sockets.createSocket());
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return made(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localAddress, int localPort) throws IOException {
            return made(sockets.createSocket(host, port, localAddress, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return made(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localAddress, int localPort)
                throws IOException {
            return made(sockets.createSocket(host, port, localAddress, localPort));
        }
    }

    private final class Listeners extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return made(listeners.createServerSocket());
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return made(listeners.createServerSocket(port));
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return made(listeners.createServerSocket(port, backlog));
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            return made(listeners.createServerSocket(port, backlog, address));
        }
    }
}
