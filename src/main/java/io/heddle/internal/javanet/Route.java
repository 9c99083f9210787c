package io.heddle.internal.javanet;

import io.heddle.internal.socket.Resolver;
import io.heddle.internal.socket.TcpStreamSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way to a target: direct, or by a SOCKS proxy where the process is told to. With a factory of one's own
 * {@code java.net} asks no {@link ProxySelector} any more, and connects as if there were none. So this asks, as the
 * JDK's own implementation does, and says the same when it fails.
 */
final class Route {
    /**
     * Bound while a thread asks a selector. What the selector itself connects goes directly: to connect that, it would
     * be asked again, without end.
     */
    private static final ScopedValue<ProxySelector> ASKING = ScopedValue.newInstance();

    /** What can be printed, and is in no path of a URI. */
    private static final String ENCODED = "=;?# <>%\"{}|\\^[]`";

    private final InetSocketAddress target;

    /** Null if the way is direct. */
    private final @Nullable Selected selected;

    private record Selected(ProxySelector selector, URI uri, Proxy proxy) {
        InetSocketAddress address() throws SocketException {
            if (proxy.address() instanceof InetSocketAddress address) {
                return address;
            }
            throw new SocketException("Unknown address type for proxy: " + proxy);
        }

        void failed(InetSocketAddress address, IOException e) {
            ScopedValue.where(ASKING, selector).run(() -> selector.connectFailed(uri, address, e));
        }
    }

    private Route(InetSocketAddress target, @Nullable Selected selected) {
        this.target = target;
        this.selected = selected;
    }

    /** Asks the {@link ProxySelector}, if there is one. */
    static Route to(InetSocketAddress target) throws IOException {
        ProxySelector selector = ProxySelector.getDefault();
        if (selector == null || ASKING.isBound()) {
            return new Route(target, null);
        }
        URI uri = uri(target);
        List<Proxy> proxies;
        try {
            proxies = ScopedValue.where(ASKING, selector).call(() -> selector.select(uri));
        } catch (IllegalArgumentException e) {
            throw new IOException("Failed to select a proxy", e);
        }
        // The first that it names: after a failed connect there is no second try, as in the JDK.
        Proxy first = proxies.isEmpty() ? null : proxies.getFirst();
        return new Route(
                target, first != null && first.type() == Proxy.Type.SOCKS ? new Selected(selector, uri, first) : null);
    }

    private static URI uri(InetSocketAddress target) throws IOException {
        String host = target.getHostString();
        try {
            return new URI("socket://" + (isIpv6(host) ? "[" + host + "]" : encode(host)) + ":" + target.getPort());
        } catch (URISyntaxException e) {
            throw new IOException("Failed to select a proxy", e);
        }
    }

    /** Whatever its scope is: that may be one of another machine. */
    private static boolean isIpv6(String host) {
        int scope = host.indexOf('%');
        if (host.indexOf(':') < 0 || host.startsWith("[") || scope == host.length() - 1) {
            return false;
        }
        try {
            return Inet6Address.ofLiteral(scope < 0 ? host : host.substring(0, scope)) != null;
        } catch (IllegalArgumentException e) {
            // A name that nobody has.
            return false;
        }
    }

    /** As the JDK does, character by character: a host is named by what it was asked for, be that a name or not. */
    private static String encode(String host) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c > ' ' && c < 0x7f && ENCODED.indexOf(c) < 0) {
                encoded.append(c);
            } else {
                appendEncoded(encoded, c);
            }
        }
        return encoded.toString();
    }

    private static void appendEncoded(StringBuilder to, char c) {
        if (c < 0x80) {
            appendByte(to, c);
        } else {
            if (c < 0x800) {
                appendByte(to, 0xc0 | (c >> 6));
            } else {
                appendByte(to, 0xe0 | (c >> 12));
                appendByte(to, 0x80 | ((c >> 6) & 0x3f));
            }
            appendByte(to, 0x80 | (c & 0x3f));
        }
    }

    private static void appendByte(StringBuilder to, int b) {
        to.append('%').append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 0xf, 16));
    }

    /**
     * Connects; on failure the socket is of no use any more.
     *
     * @return the address that {@code java.net.Socket} shows
     */
    InetSocketAddress connect(TcpStreamSocket socket, Deadline deadline) throws IOException {
        if (selected == null) {
            return connectDirectly(socket, target, deadline);
        }
        InetSocketAddress named = selected.address();
        InetSocketAddress proxy;
        try {
            // By name, as the JDK does: a selector's address may be unresolved.
            proxy = new InetSocketAddress(
                    Resolver.resolve(named.getHostString(), deadline.leftNanos())[0], named.getPort());
            connectDirectly(socket, proxy, deadline);
        } catch (IOException e) {
            selected.failed(named, e);
            throw new SocketException("Can't connect to SOCKS proxy:" + e.getMessage(), e);
        }
        new Socks(socket, proxy, target, deadline).negotiate();
        return target;
    }

    /** Connects without a proxy; answers the address that it has connected to. */
    private static InetSocketAddress connectDirectly(TcpStreamSocket socket, InetSocketAddress to, Deadline deadline)
            throws IOException {
        if (to.isUnresolved()) {
            throw new UnknownHostException(to.getHostName());
        }
        InetSocketAddress found = to;
        if (to.getAddress().isAnyLocalAddress()) {
            found = new InetSocketAddress(Resolver.localHost(deadline.leftNanos()), to.getPort());
        }
        DescriptorImpl.ensureReached(found.getAddress());
        socket.connect(found, deadline.leftNanos());
        return found;
    }
}
