package io.heddle.javanet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Makes {@link HeddleSocket}s, for libraries that take a {@link SocketFactory} or the name of one.
 *
 * <p>May be used by any number of threads at once.
 */
public final class HeddleSocketFactory extends SocketFactory {
    private static final HeddleSocketFactory DEFAULT = new HeddleSocketFactory();

    /** For those who find it by its name. */
    public HeddleSocketFactory() {}

    /**
     * The same as a new one.
     *
     * @return always the same
     */
    public static SocketFactory getDefault() {
        return DEFAULT;
    }

    @Override
    public Socket createSocket() throws IOException {
        return new HeddleSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return new HeddleSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return new HeddleSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return new HeddleSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return new HeddleSocket(address, port, localAddress, localPort);
    }
}
