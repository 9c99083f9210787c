package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.internal.sys.Socket;
import io.heddle.testing.NoLeaksInClass;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each event says, in every state that two ends can be in, by the real kernel. The first columns say what becomes
 * of the far end, the last what the near one must report: readable, writable, error, read closed, write closed,
 * priority.
 *
 * <p>kqueue has a filter for each direction: one that is not asked for says nothing of its own end, and each that has
 * something to say is ready. There is none for urgent data. Of a real kqueue the rows of a socket that is not connected
 * may say something else; here there is a libkqueue, where one is named.
 */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventPredicatesTest {
    private static final int LOOKS_MAX = 10_000;
    private static final Interest R = Interest.READABLE;
    private static final Interest W = Interest.WRITABLE;
    private static final Interest P = Interest.PRIORITY;
    private static final Interest RW = R.add(W);
    private static final Interest ALL = RW.add(P);

    /** Makes two ends: near, far. */
    interface Ends {
        int[] open() throws Exception;
    }

    /** Brings them into a state; may close the far end, and then says so by -1. */
    interface Fate {
        void come(int[] ends) throws Exception;
    }

    record State(String name, Ends ends, Fate fate, Interest interest, String says, String saysByKqueue) {
        State(String name, Ends ends, Fate fate, Interest interest, String says) {
            this(name, ends, fate, interest, says, says);
        }

        State byKqueue(String other) {
            return new State(name, ends, fate, interest, says, other);
        }

        String says(Kind kind) {
            return kind.isKqueue() ? saysByKqueue : says;
        }

        @Override
        public String toString() {
            return name + ", " + interest;
        }
    }

    private static void close(int[] ends, int which) throws Exception {
        Kernel.close(ends[which]);
        ends[which] = -1;
    }

    private static final Ends TCP = Kernel::tcpPair;
    private static final Ends UNIX = Kernel::unixPair;
    private static final Ends PIPE_READER = Kernel::pipe;
    private static final Ends PIPE_WRITER = () -> {
        int[] ends = Kernel.pipe();
        return new int[] {ends[1], ends[0]};
    };

    private static final Fate NOTHING = ends -> {};
    private static final Fate DATA = ends -> {
        Kernel.write(ends[1], 1);
        Kernel.awaitBytes(ends[0], 1);
    };
    private static final Fate FIN = ends -> Kernel.shutDown(ends[1], Socket.SHUT_WR);
    private static final Fate DATA_AND_FIN = ends -> {
        DATA.come(ends);
        FIN.come(ends);
    };
    private static final Fate CLOSED = ends -> close(ends, 1);
    private static final Fate DATA_AND_CLOSED = ends -> {
        DATA.come(ends);
        close(ends, 1);
    };
    /** The far end had something unread: its close is a reset. */
    private static final Fate CLOSED_UNREAD = ends -> {
        Kernel.write(ends[0], 1);
        Kernel.awaitBytes(ends[1], 1);
        close(ends, 1);
    };

    private static final Fate RESET = ends -> {
        Kernel.reset(ends[1]);
        ends[1] = -1;
    };
    private static final Fate DATA_AND_RESET = ends -> {
        DATA.come(ends);
        RESET.come(ends);
    };
    private static final Fate OWN_SHUT_WRITE = ends -> Kernel.shutDown(ends[0], Socket.SHUT_WR);
    private static final Fate BOTH_SHUT = ends -> {
        Kernel.shutDown(ends[0], Socket.SHUT_WR);
        Kernel.shutDown(ends[1], Socket.SHUT_WR);
    };
    private static final Fate URGENT = ends -> Kernel.send(ends[1], Kernel.MSG_OOB);
    private static final Fate FULL = ends -> Kernel.fill(ends[0]);
    private static final Fate FULL_AND_CLOSED = ends -> {
        Kernel.fill(ends[0]);
        close(ends, 1);
    };

    private static final Ends UNCONNECTED = () -> new int[] {Kernel.check("socket", Socket.open(Socket.AF_INET)), -1};

    private static final Ends REFUSED = () -> {
        InetSocketAddress[] name = new InetSocketAddress[1];
        Kernel.close(Kernel.tcpListener(name));
        int near = Kernel.check("socket", Socket.open(Socket.AF_INET));
        int connecting = Socket.connect(near, name[0], Socket.AF_INET);
        assertThat(connecting).isIn(-Errno.EINPROGRESS, -Errno.ECONNREFUSED);
        return new int[] {near, -1};
    };

    private static final Ends LISTENER = () -> {
        InetSocketAddress[] name = new InetSocketAddress[1];
        int near = Kernel.tcpListener(name);
        return new int[] {near, Kernel.check("socket", Socket.open(Socket.AF_INET))};
    };

    private static final Fate CONNECTING = ends -> {
        InetSocketAddress[] name = new InetSocketAddress[1];
        Kernel.check("getsockname", Socket.localAddress(ends[0], name));
        int port = name[0].getPort();
        int connecting =
                Socket.connect(ends[1], new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Socket.AF_INET);
        assertThat(connecting).isIn(0, -Errno.EINPROGRESS);
    };

    private static final State[] STATES = {
        new State("tcp, nothing", TCP, NOTHING, RW, "W"),
        new State("tcp, data", TCP, DATA, RW, "RW"),
        new State("tcp, data", TCP, DATA, R, "R"),
        new State("tcp, data", TCP, DATA, W, "W"),
        new State("tcp, FIN", TCP, FIN, RW, "RW rc"),
        new State("tcp, FIN", TCP, FIN, R, "R rc"),
        new State("tcp, FIN behind unread data", TCP, DATA_AND_FIN, RW, "RW rc"),
        new State("tcp, closed", TCP, CLOSED, RW, "RW rc"),
        new State("tcp, closed behind unread data", TCP, DATA_AND_CLOSED, R, "R rc"),
        new State("tcp, closed with unread data there", TCP, CLOSED_UNREAD, RW, "RW err rc wc"),
        new State("tcp, RST", TCP, RESET, RW, "RW err rc wc"),
        new State("tcp, RST", TCP, RESET, R, "R err rc wc").byKqueue("R err rc"),
        new State("tcp, RST", TCP, RESET, W, "W err rc wc").byKqueue("W err wc"),
        new State("tcp, RST behind unread data", TCP, DATA_AND_RESET, RW, "RW err rc wc"),
        new State("tcp, own half closed", TCP, OWN_SHUT_WRITE, RW, "W"),
        new State("tcp, both halves closed", TCP, BOTH_SHUT, RW, "RW rc wc"),
        new State("tcp, urgent", TCP, URGENT, ALL, "RW pri").byKqueue("W"),
        new State("tcp, urgent", TCP, URGENT, P, "R pri").byKqueue("-"),
        new State("tcp, urgent, nobody asked", TCP, URGENT, W, "W"),
        new State("tcp, unconnected", UNCONNECTED, NOTHING, RW, "W rc wc").byKqueue("RW rc wc"),
        new State("tcp, refused", REFUSED, NOTHING, RW, "RW err rc wc"),
        new State("tcp, refused", REFUSED, NOTHING, W, "W err rc wc").byKqueue("W err wc"),
        new State("listener, nobody", LISTENER, NOTHING, R, "-"),
        new State("listener, a connection", LISTENER, CONNECTING, R, "R"),
        new State("unix, data", UNIX, DATA, RW, "RW"),
        new State("unix, full", UNIX, FULL, RW, "-"),
        new State("unix, half closed", UNIX, FIN, RW, "RW rc"),
        new State("unix, closed", UNIX, CLOSED, RW, "RW rc wc"),
        new State("unix, closed with unread data there", UNIX, CLOSED_UNREAD, RW, "RW err rc wc"),
        new State("unix, both halves closed", UNIX, BOTH_SHUT, RW, "RW rc wc"),
        new State("pipe reader, nothing", PIPE_READER, NOTHING, R, "-"),
        new State("pipe reader, data", PIPE_READER, DATA, R, "R"),
        new State("pipe reader, writer gone", PIPE_READER, CLOSED, R, "rc wc").byKqueue("R rc"),
        new State("pipe reader, writer gone behind unread data", PIPE_READER, DATA_AND_CLOSED, R, "R rc wc")
                .byKqueue("R rc"),
        new State("pipe writer, room", PIPE_WRITER, NOTHING, W, "W"),
        new State("pipe writer, full", PIPE_WRITER, FULL, W, "-"),
        new State("pipe writer, reader gone", PIPE_WRITER, CLOSED, W, "W err wc"),
        // #1350: an error and nothing else.
        new State("pipe writer, full, reader gone", PIPE_WRITER, FULL_AND_CLOSED, W, "err wc").byKqueue("W err wc"),
    };

    static Stream<Arguments> states() {
        return Kind.available()
                .filter(kind -> !kind.toString().endsWith("PIPE"))
                .flatMap(kind -> Stream.of(STATES).map(state -> Arguments.of(kind, state)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("states")
    void anEventSaysWhatHasHappened(Kind kind, State state) throws Exception {
        String says = state.says(kind);
        for (Trigger trigger : Trigger.values()) {
            int[] ends = state.ends.open();
            try (Polling polling = kind.open()) {
                state.fate.come(ends);
                FdSource source = FdSource.of(ends[0]);
                polling.registry.register(source, 7, state.interest, trigger);
                if (says.equals("-")) {
                    polling.expectNothing();
                } else {
                    String seen = "";
                    for (int i = 0; i < LOOKS_MAX && !seen.equals(says); i++) {
                        // What the far end has sent may still be on its way.
                        seen = polling.next(7).toString();
                        polling.registry.reregister(source, 7, state.interest, trigger);
                    }
                    assertThat(seen).isEqualTo(says);
                }
                polling.registry.deregister(source);
            }
            for (int fd : ends) {
                if (fd >= 0) {
                    Kernel.close(fd);
                }
            }
        }
    }
}
