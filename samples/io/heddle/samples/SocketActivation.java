package io.heddle.samples;

import io.heddle.poll.net.TcpListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A server that does not bind its port itself: a service manager listens, and starts this when somebody connects. So
 * the server may come late, be restarted, and have no rights, and no connection is refused. After tcp_listenfd_server
 * in the documentation of mio; the protocol is that of sd_listen_fds(3).
 *
 * <p>Run, behind {@code mvn -q compile}: {@code systemd-socket-activate -l 7000 java
 * --enable-native-access=ALL-UNNAMED -cp target/classes:target/samples io.heddle.samples.SocketActivation}, then
 * {@code nc localhost 7000}. As a service it has a unit with {@code ListenStream=7000}.
 */
public final class SocketActivation {
    /** The first descriptor that is passed; those before are the standard streams. */
    private static final int FIRST = 3;

    private SocketActivation() {}

    /** The listening sockets that this process was started with; none if they are for another process. */
    static List<TcpListener> inherited(Map<String, String> environment) throws IOException {
        String pid = environment.getOrDefault("LISTEN_PID", "");
        List<TcpListener> listeners = new ArrayList<>();
        if (!pid.equals(Long.toString(ProcessHandle.current().pid()))) {
            // A child inherits the environment, and not the sockets.
            return listeners;
        }
        int count = Integer.parseInt(environment.getOrDefault("LISTEN_FDS", "0"));
        for (int fd = FIRST; fd < FIRST + count; fd++) {
            listeners.add(TcpListener.fromFd(fd));
        }
        return listeners;
    }

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        try (PollTcpServer server = new PollTcpServer()) {
            List<TcpListener> listeners = inherited(System.getenv());
            if (listeners.isEmpty()) {
                System.err.println("no sockets were passed: LISTEN_PID must be "
                        + ProcessHandle.current().pid()
                        + " and LISTEN_FDS positive; start this by systemd-socket-activate");
                System.exit(1);
            }
            for (TcpListener listener : listeners) {
                server.add(listener);
                System.out.println("activated on " + listener.localAddress());
            }
            server.run();
        }
    }
}
