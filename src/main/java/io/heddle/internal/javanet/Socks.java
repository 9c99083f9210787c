package io.heddle.internal.javanet;

import io.heddle.internal.socket.Resolver;
import io.heddle.internal.socket.TcpStreamSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Connecting through a SOCKS proxy, where the process is told to: version 5, RFC 1928 and RFC 1929, and version 4. With
 * a factory of one's own {@code java.net} asks no {@link ProxySelector} any more, and connects as if there were none.
 * So this asks, as the JDK's own implementation does, and says the same when it fails.
 */
final class Socks {
    private static final int VERSION_4 = 4;
    private static final int VERSION_5 = 5;
    private static final int CONNECT = 1;

    private static final int NO_AUTHENTICATION = 0;
    private static final int PASSWORD = 2;
    private static final int NO_METHOD = 0xff;

    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private static final int NAME_MAX = 255;

    private final TcpStreamSocket socket;
    private final InetSocketAddress proxy;
    private final InetSocketAddress target;
    private final boolean timed;
    private final long deadlineNanos;

    private Socks(
            TcpStreamSocket socket,
            InetSocketAddress proxy,
            InetSocketAddress target,
            boolean timed,
            long deadlineNanos) {
        this.socket = socket;
        this.proxy = proxy;
        this.target = target;
        this.timed = timed;
        this.deadlineNanos = deadlineNanos;
    }

    /**
     * Connects to the target, by way of a proxy if the {@link ProxySelector} says so; zero nanoseconds mean no timeout.
     *
     * @return the address that {@code java.net.Socket} shows
     */
    static InetSocketAddress connect(TcpStreamSocket socket, InetSocketAddress target, long timeoutNanos)
            throws IOException {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        ProxySelector selector = ProxySelector.getDefault();
        if (selector == null) {
            return StreamImpl.connectDirectly(socket, target, timeoutNanos);
        }
        URI uri = uri(target);
        Proxy selected = select(selector, uri);
        if (selected.type() != Proxy.Type.SOCKS) {
            return StreamImpl.connectDirectly(socket, target, timeoutNanos);
        }
        if (!(selected.address() instanceof InetSocketAddress named)) {
            throw new SocketException("Unknown address type for proxy: " + selected);
        }
        InetSocketAddress proxy;
        try {
            // By name, as the JDK does: a selector's address may be unresolved.
            proxy = new InetSocketAddress(Resolver.resolve(named.getHostString(), timeoutNanos)[0], named.getPort());
            StreamImpl.connectDirectly(socket, proxy, left(timeoutNanos != 0, deadlineNanos));
        } catch (IOException e) {
            selector.connectFailed(uri, named, e);
            throw new SocketException("Can't connect to SOCKS proxy:" + e.getMessage(), e);
        }
        long timeoutBefore = socket.readTimeoutNanos();
        try {
            new Socks(socket, proxy, target, timeoutNanos != 0, deadlineNanos).negotiate();
        } finally {
            socket.setReadTimeoutNanos(timeoutBefore);
        }
        return target;
    }

    private static URI uri(InetSocketAddress target) throws IOException {
        String host = target.getHostString();
        try {
            return new URI("socket://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + target.getPort());
        } catch (URISyntaxException e) {
            throw new IOException("Failed to select a proxy", e);
        }
    }

    /** The first that it names: after a failed connect there is no second try, as in the JDK. */
    private static Proxy select(ProxySelector selector, URI uri) throws IOException {
        List<Proxy> proxies;
        try {
            proxies = selector.select(uri);
        } catch (IllegalArgumentException e) {
            throw new IOException("Failed to select a proxy", e);
        }
        return proxies == null || proxies.isEmpty() || proxies.getFirst() == null ? Proxy.NO_PROXY : proxies.getFirst();
    }

    private static long left(boolean timed, long deadlineNanos) throws SocketTimeoutException {
        if (!timed) {
            return 0;
        }
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("Connect timed out");
        }
        return left;
    }

    private void negotiate() throws IOException {
        if (Integer.getInteger("socksProxyVersion", VERSION_5) == VERSION_4) {
            connectVersion4();
            return;
        }
        write(VERSION_5, 2, NO_AUTHENTICATION, PASSWORD);
        byte[] answer = read(2);
        if (answer[0] != VERSION_5) {
            // Maybe it does not know version 5.
            connectVersion4();
            return;
        }
        switch (answer[1] & 0xff) {
            case NO_AUTHENTICATION -> {}
            case PASSWORD -> authenticate();
            case NO_METHOD -> throw new SocketException("SOCKS : No acceptable methods");
            default -> throw new SocketException("SOCKS : authentication failed");
        }
        connectVersion5();
    }

    private void authenticate() throws IOException {
        PasswordAuthentication asked = Authenticator.requestPasswordAuthentication(
                proxy.getHostString(), proxy.getAddress(), proxy.getPort(), "SOCKS5", "SOCKS authentication", null);
        String user = asked != null ? asked.getUserName() : System.getProperty("user.name");
        String password = asked != null ? new String(asked.getPassword()) : "";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(1);
        writeText(out, user);
        writeText(out, password);
        write(out);
        if (read(2)[1] != 0) {
            throw new SocketException("SOCKS : authentication failed");
        }
    }

    private void connectVersion5() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(VERSION_5);
        out.write(CONNECT);
        out.write(0);
        if (target.isUnresolved()) {
            // The proxy resolves the name.
            out.write(NAME);
            writeText(out, target.getHostName());
        } else {
            out.write(target.getAddress() instanceof Inet4Address ? IPV4 : IPV6);
            out.writeBytes(target.getAddress().getAddress());
        }
        writePort(out);
        write(out);
        byte[] answer = read(4);
        switch (answer[1]) {
            case 0 -> {}
            case 1 -> throw new SocketException("SOCKS server general failure");
            case 2 -> throw new SocketException("SOCKS: Connection not allowed by ruleset");
            case 3 -> throw new SocketException("SOCKS: Network unreachable");
            case 4 -> throw new SocketException("SOCKS: Host unreachable");
            case 5 -> throw new SocketException("SOCKS: Connection refused");
            case 6 -> throw new SocketException("SOCKS: TTL expired");
            case 7 -> throw new SocketException("SOCKS: Command not supported");
            case 8 -> throw new SocketException("SOCKS: address type not supported");
            default -> throw new SocketException("Reply from SOCKS server contains bad status: status=" + answer[1]);
        }
        // The address that the proxy connects from, which nobody asks for, and its port.
        int length = switch (answer[3]) {
            case IPV4 -> 4;
            case NAME -> read(1)[0] & 0xff;
            case IPV6 -> 16;
            default -> throw new SocketException("Reply from SOCKS server contains wrong code");
        };
        read(length + 2);
    }

    private void connectVersion4() throws IOException {
        if (target.isUnresolved()) {
            throw new UnknownHostException("SOCKS V4 takes addresses only: host=" + target.getHostString());
        }
        if (!(target.getAddress() instanceof Inet4Address)) {
            throw new SocketException("SOCKS V4 requires IPv4 only addresses");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(VERSION_4);
        out.write(CONNECT);
        writePort(out);
        out.writeBytes(target.getAddress().getAddress());
        out.writeBytes(System.getProperty("user.name").getBytes(StandardCharsets.ISO_8859_1));
        out.write(0);
        write(out);
        byte[] answer = read(8);
        if (answer[0] != 0 && answer[0] != VERSION_4) {
            throw new SocketException("Reply from SOCKS server has bad version");
        }
        switch (answer[1]) {
            case 90 -> {}
            case 91 -> throw new SocketException("SOCKS request rejected");
            case 92 -> throw new SocketException("SOCKS server couldn't reach destination");
            case 93 -> throw new SocketException("SOCKS authentication failed");
            default -> throw new SocketException("Reply from SOCKS server contains bad status");
        }
    }

    private static void writeText(ByteArrayOutputStream out, String text) throws SocketException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length > NAME_MAX) {
            throw new SocketException("SOCKS takes names and passwords of at most 255 bytes: bytes=" + bytes.length);
        }
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private void writePort(ByteArrayOutputStream out) {
        out.write(target.getPort() >> 8);
        out.write(target.getPort());
    }

    private void write(int... bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int one : bytes) {
            out.write(one);
        }
        write(out);
    }

    private void write(ByteArrayOutputStream out) throws IOException {
        socket.write(out.toByteArray(), 0, out.size());
    }

    private byte[] read(int length) throws IOException {
        byte[] answer = new byte[length];
        int filled = 0;
        while (filled < length) {
            socket.setReadTimeoutNanos(left(timed, deadlineNanos));
            int n;
            try {
                n = socket.read(answer, filled, length - filled);
            } catch (SocketTimeoutException e) {
                throw new SocketTimeoutException("Connect timed out");
            }
            if (n < 0) {
                throw new SocketException("Malformed reply from SOCKS server");
            }
            filled += n;
        }
        return answer;
    }
}
