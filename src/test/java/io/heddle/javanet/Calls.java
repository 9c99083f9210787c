package io.heddle.javanet;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** Every call on a socket that does not wait. */
final class Calls {
    private Calls() {}

    /** An option of nobody. */
    record Unknown(String name, Class<Integer> type) implements SocketOption<Integer> {
        Unknown() {
            this("SO_UNKNOWN", Integer.class);
        }
    }

    static void state(Scene scene, Socket socket) {
        scene.ask("isBound", socket::isBound);
        scene.ask("isConnected", socket::isConnected);
        scene.ask("isClosed", socket::isClosed);
        scene.ask("isInputShutdown", socket::isInputShutdown);
        scene.ask("isOutputShutdown", socket::isOutputShutdown);
        scene.ask("getInetAddress", socket::getInetAddress);
        scene.ask("getPort", socket::getPort);
        scene.ask("getLocalAddress", socket::getLocalAddress);
        scene.ask("getLocalPort", socket::getLocalPort);
        scene.ask("getRemoteSocketAddress", socket::getRemoteSocketAddress);
        scene.ask("getLocalSocketAddress", socket::getLocalSocketAddress);
        scene.ask("getChannel", socket::getChannel);
        scene.ask("toString", socket::toString);
    }

    static void options(Scene scene, Socket socket) {
        scene.ask("getTcpNoDelay", socket::getTcpNoDelay);
        scene.ask("getSoLinger", socket::getSoLinger);
        scene.ask("getOOBInline", socket::getOOBInline);
        scene.ask("getSoTimeout", socket::getSoTimeout);
        scene.ask("getKeepAlive", socket::getKeepAlive);
        scene.ask("getTrafficClass", socket::getTrafficClass);
        scene.ask("getReuseAddress", socket::getReuseAddress);
        scene.ask("supportedOptions", () -> sorted(socket.supportedOptions()));
        for (SocketOption<?> name : sorted(socket.supportedOptions())) {
            if (!name.name().endsWith("BUF")) {
                scene.ask("getOption " + name, () -> value(socket, name));
            }
        }
        scene.ask("getOption of nobody", () -> socket.getOption(new Unknown()));
        scene.ask("getOption of null", () -> socket.getOption(null));
    }

    /** The kernel changes TCP_QUICKACK by itself, tcp(7). */
    private static Object steady(SocketOption<?> name, Object value) {
        return name == ExtendedSocketOptions.TCP_QUICKACK ? value.getClass() : value;
    }

    static Object value(Socket socket, SocketOption<?> name) throws IOException {
        return steady(name, socket.getOption(name));
    }

    private static Object value(ServerSocket server, SocketOption<?> name) throws IOException {
        return steady(name, server.getOption(name));
    }

    private static List<SocketOption<?>> sorted(Set<SocketOption<?>> options) {
        return options.stream().sorted(Comparator.comparing(SocketOption::name)).toList();
    }

    static void setters(Scene scene, Socket socket) {
        for (boolean on : new boolean[] {true, false}) {
            scene.run("setTcpNoDelay " + on, () -> socket.setTcpNoDelay(on));
            scene.run("setOOBInline " + on, () -> socket.setOOBInline(on));
            scene.run("setKeepAlive " + on, () -> socket.setKeepAlive(on));
            scene.run("setReuseAddress " + on, () -> socket.setReuseAddress(on));
        }
        for (int value : new int[] {Integer.MIN_VALUE, -1, 0, 1, 255, 256, 65_536, 1_000_000}) {
            scene.run("setSoTimeout " + value, () -> socket.setSoTimeout(value));
            scene.ask("getSoTimeout", socket::getSoTimeout);
            scene.run("setTrafficClass " + value, () -> socket.setTrafficClass(value));
            scene.run("setSendBufferSize " + value, () -> socket.setSendBufferSize(value));
            scene.ask("getSendBufferSize", socket::getSendBufferSize);
            scene.run("setReceiveBufferSize " + value, () -> socket.setReceiveBufferSize(value));
            scene.ask("getReceiveBufferSize", socket::getReceiveBufferSize);
            scene.run("setSoLinger on " + value, () -> socket.setSoLinger(true, value));
            scene.ask("getSoLinger", socket::getSoLinger);
            scene.run("setSoLinger off " + value, () -> socket.setSoLinger(false, value));
            scene.ask("getSoLinger", socket::getSoLinger);
        }
        scene.run("setSoTimeout 0", () -> socket.setSoTimeout(0));
        for (SocketOption<?> name : sorted(socket.supportedOptions())) {
            for (Object value : VALUES) {
                scene.run("setOption " + name + " " + value, () -> set(socket, name, value));
            }
            scene.ask("getOption " + name, () -> value(socket, name));
            scene.run("setOption " + name + " null", () -> set(socket, name, null));
        }
        scene.run("setOption of nobody", () -> socket.setOption(new Unknown(), 1));
        scene.run("setOption of null", () -> set(socket, null, 1));
        scene.run("setSoLinger off", () -> socket.setSoLinger(false, 0));
        scene.run("setPerformancePreferences", () -> socket.setPerformancePreferences(-1, 0, 1));
    }

    private static final List<Object> VALUES = List.of(true, false, -2, 0, 7, 300, "text", 1L);

    @SuppressWarnings({"unchecked", "rawtypes"}) // Values of the wrong type are what is asked for.
    static void set(Socket socket, @Nullable SocketOption<?> name, @Nullable Object value) throws Exception {
        socket.setOption((SocketOption) name, value);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // As above.
    static void set(ServerSocket server, @Nullable SocketOption<?> name, @Nullable Object value) throws Exception {
        server.setOption((SocketOption) name, value);
    }

    /** What a socket that is not connected, or no more, refuses. */
    static void refusals(Scene scene, Socket socket) {
        scene.ask("getInputStream", socket::getInputStream);
        scene.ask("getOutputStream", socket::getOutputStream);
        scene.run("shutdownInput", socket::shutdownInput);
        scene.run("shutdownOutput", socket::shutdownOutput);
        scene.run("sendUrgentData", () -> socket.sendUrgentData(1));
        scene.run("connect to null", () -> socket.connect(null));
        scene.run("connect to null in time", () -> socket.connect(null, 1));
        scene.run("bind to another kind", () -> socket.bind(new Elsewhere()));
        scene.run("connect to another kind", () -> socket.connect(new Elsewhere()));
        scene.run("connect in negative time", () -> socket.connect(new Elsewhere(), -1));
    }

    /** An address of no socket. */
    static final class Elsewhere extends java.net.SocketAddress {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "elsewhere";
        }
    }

    static void state(Scene scene, ServerSocket server) {
        scene.ask("isBound", server::isBound);
        scene.ask("isClosed", server::isClosed);
        scene.ask("getInetAddress", server::getInetAddress);
        scene.ask("getLocalPort", server::getLocalPort);
        scene.ask("getLocalSocketAddress", server::getLocalSocketAddress);
        scene.ask("getChannel", server::getChannel);
        scene.ask("toString", server::toString);
    }

    static void options(Scene scene, ServerSocket server) {
        scene.ask("getSoTimeout", server::getSoTimeout);
        scene.ask("getReuseAddress", server::getReuseAddress);
        scene.ask("supportedOptions", () -> sorted(server.supportedOptions()));
        for (SocketOption<?> name : sorted(server.supportedOptions())) {
            if (!name.name().endsWith("BUF")) {
                scene.ask("getOption " + name, () -> value(server, name));
            }
        }
        scene.ask("getOption of nobody", () -> server.getOption(new Unknown()));
        scene.ask("getOption of null", () -> server.getOption(null));
    }

    static void setters(Scene scene, ServerSocket server) {
        for (int value : new int[] {Integer.MIN_VALUE, -1, 0, 1, 65_536}) {
            scene.run("setSoTimeout " + value, () -> server.setSoTimeout(value));
            scene.ask("getSoTimeout", server::getSoTimeout);
            scene.run("setReceiveBufferSize " + value, () -> server.setReceiveBufferSize(value));
            scene.ask("getReceiveBufferSize", server::getReceiveBufferSize);
        }
        scene.run("setSoTimeout 0", () -> server.setSoTimeout(0));
        scene.run("setReuseAddress", () -> server.setReuseAddress(false));
        scene.ask("getReuseAddress", server::getReuseAddress);
        for (SocketOption<?> name : sorted(server.supportedOptions())) {
            for (Object value : VALUES) {
                scene.run("setOption " + name + " " + value, () -> set(server, name, value));
            }
            scene.ask("getOption " + name, () -> value(server, name));
            scene.run("setOption " + name + " null", () -> set(server, name, null));
        }
        scene.run("setOption of nobody", () -> server.setOption(new Unknown(), 1));
        scene.run("setOption of null", () -> set(server, null, 1));
        scene.run("setPerformancePreferences", () -> server.setPerformancePreferences(-1, 0, 1));
    }
}
