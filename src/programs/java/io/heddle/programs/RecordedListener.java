package io.heddle.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A listener as its factory has made it, of which every socket that it accepts is told. */
final class RecordedListener extends ServerSocket {
    private final ServerSocket listener;
    private final Consumer<Socket> accepted;

    RecordedListener(ServerSocket listener, Consumer<Socket> accepted) throws IOException {
        this.listener = listener;
        this.accepted = accepted;
    }

    @Override
    public Socket accept() throws IOException {
        Socket socket = listener.accept();
        accepted.accept(socket);
        return socket;
    }

    @Override
    public void bind(SocketAddress address) throws IOException {
        listener.bind(address);
    }

    @Override
    public void bind(SocketAddress address, int backlog) throws IOException {
        listener.bind(address, backlog);
    }

    @Override
    public InetAddress getInetAddress() {
        return listener.getInetAddress();
    }

    @Override
    public int getLocalPort() {
        return listener.getLocalPort();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return listener.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    @Override
    public @Nullable ServerSocketChannel getChannel() {
        return listener.getChannel();
    }

    @Override
    public boolean isBound() {
        return listener.isBound();
    }

    @Override
    public boolean isClosed() {
        return listener.isClosed();
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        listener.setSoTimeout(millis);
    }

    @Override
    public int getSoTimeout() throws IOException {
        return listener.getSoTimeout();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        listener.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return listener.getReuseAddress();
    }

    @Override
    public void setReceiveBufferSize(int bytes) throws SocketException {
        listener.setReceiveBufferSize(bytes);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return listener.getReceiveBufferSize();
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
        listener.setPerformancePreferences(connectionTime, latency, bandwidth);
    }

    @Override
    public <T> ServerSocket setOption(SocketOption<T> name, T value) throws IOException {
        ServerSocket same = listener.setOption(name, value);
        assert same == listener : same;
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return listener.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return listener.supportedOptions();
    }

    @Override
    public String toString() {
        return listener.toString();
    }
}
