package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Faults;
import io.heddle.internal.sys.NativeMemory;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Ledger;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Starts the carriers and the hosted poller, each call of the start failing once before; then goes on without
 * epoll_pwait2. Prints what was wrong. For a process that sees two CPUs.
 */
final class FaultyStartProgram {
    private static final int CPUS = 2;
    private static final int TABLES_TRIED = 7;
    private static final Duration SHORT = Duration.ofMillis(20);

    private static final List<String> WRONG = new ArrayList<>();

    private FaultyStartProgram() {}

    private record Start(String what, Caller.Work work, int pollers, int watched) {}

    private record Call(String function, int count, List<Integer> errnos) {}

    /** Prints "wrong" and a list that should be empty. */
    public static void main(String[] args) throws Exception {
        List<Start> starts = new ArrayList<>();
        if (Engine.hosted() == null) {
            starts.add(new Start("carriers", Heddle::shared, CPUS, 0));
        }
        starts.add(new Start("hosted poller", FaultyStartProgram::connect, CPUS + 1, CPUS));
        warmUpJdk();
        startWithoutReserve(starts.getFirst());
        for (Start start : starts) {
            sweep(start);
        }
        goOnWithoutNanosecondWait(Integer.getInteger("faulty.errno"));
        System.out.println("wrong " + WRONG);
    }

    /** It keeps a socket for its closes. */
    private static void warmUpJdk() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
            assert socket.isConnected();
        }
    }

    /** By a platform thread, which waits with the hosted poller in every mode. */
    private static void connect() throws IOException {
        Pair.open().close();
    }

    /** The table of descriptors is made once, by one of the first pollers, large or not: it is the last that fails. */
    private static void startWithoutReserve(Start start) throws Exception {
        AtomicInteger reserves = new AtomicInteger();
        AtomicInteger doorbells = new AtomicInteger();
        Faults.plan((function, first) -> switch (function) {
            case "fcntl" -> reserves.incrementAndGet() > 0 ? -Errno.EINVAL : Faults.NONE;
            case "eventfd" -> doorbells.incrementAndGet() == start.pollers() ? -Errno.EMFILE : Faults.NONE;
            default -> Faults.NONE;
        });
        try {
            expect(failureOf(start), start.what() + " without fcntl", "errno=EMFILE");
        } finally {
            Faults.plan(null);
        }
        if (reserves.get() != TABLES_TRIED) {
            WRONG.add("tables tried: " + reserves);
        }
    }

    private static void sweep(Start start) throws Exception {
        List<Call> calls = List.of(
                new Call("epoll_create1", start.pollers(), List.of(Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM)),
                new Call("eventfd", start.pollers(), List.of(Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM)),
                new Call(
                        "epoll_ctl",
                        start.pollers() + start.watched(),
                        List.of(Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM)));
        long bytesBefore = NativeMemory.bytes();
        for (Call call : calls) {
            for (int errno : call.errnos()) {
                for (int k = 1; k <= call.count(); k++) {
                    failOnce(start, call.function(), errno, k);
                }
            }
        }
        Await.until("the memory is back", () -> {
            System.gc();
            return NativeMemory.bytes() <= bytesBefore;
        });
        try (FaultPlan plan = FaultPlan.counting()) {
            start.work().run();
            for (Call call : calls.subList(0, 2)) {
                int made = plan.calls(call.function());
                if (made != call.count()) {
                    WRONG.add(start.what() + " called " + call.function() + " so often: " + made);
                }
            }
        }
    }

    private static void failOnce(Start start, String function, int errno, int k) throws Exception {
        Set<String> descriptors = Ledger.openDescriptors();
        Set<String> threads = threads();
        String what = start.what() + ": " + function + " " + Errno.name(errno) + " at call " + k;
        // The poller of the hosted pollers is watched by number: its package knows no names of errors.
        boolean watches = function.equals("epoll_ctl") && start.watched() > 0 && k > 1 && k % 2 == 1;
        try (FaultPlan plan = FaultPlan.failing(function, errno, k)) {
            String text = watches
                    ? "a hosted poller cannot be watched: errno=" + errno
                    : function + ": errno=" + Errno.name(errno);
            expect(failureOf(start), what, text);
            if (!plan.wasMet()) {
                WRONG.add(what + " was not met");
            }
        }
        Set<String> left = Ledger.openDescriptors();
        left.removeAll(descriptors);
        Set<String> running = threads();
        running.removeAll(threads);
        if (!left.isEmpty() || !running.isEmpty()) {
            WRONG.add(what + " left behind: " + left + running);
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("heddle-worker") || name.startsWith("heddle-hosted"))
                .collect(Collectors.toSet());
    }

    private static String failureOf(Start start) throws Exception {
        try {
            start.work().run();
            return "none";
        } catch (IOException | UncheckedIOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void expect(String failure, String what, String text) {
        if (!failure.startsWith("Heddle cannot start its ") || !failure.contains(text)) {
            WRONG.add(what + " failed by: " + failure);
        }
    }

    /** A kernel before 5.11, or a filter that is older than the call: asked once, then no more; no wait is early. */
    private static void goOnWithoutNanosecondWait(int errno) throws Exception {
        try (FaultPlan plan = FaultPlan.failingAlways("epoll_pwait2", errno)) {
            talk();
            if (!plan.wasMet()) {
                WRONG.add("epoll_pwait2 was not called");
            }
        }
        try (FaultPlan plan = FaultPlan.counting()) {
            talk();
            if (plan.calls("epoll_pwait2") > 0) {
                WRONG.add("epoll_pwait2 was called again: " + plan.calls("epoll_pwait2"));
            }
        }
    }

    private static void talk() throws Exception {
        for (Caller caller : Caller.values()) {
            caller.run(FaultyStartProgram::timeOut);
            Conversation conversation = Conversation.hold(caller, Conversation.Server.SERVE);
            if (!conversation.isComplete()) {
                WRONG.add("without epoll_pwait2 " + caller + ": " + conversation);
            }
        }
    }

    private static void timeOut() throws IOException {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(SHORT);
            long startNanos = System.nanoTime();
            try {
                WRONG.add("read from nobody: " + pair.local().read(new byte[1]));
            } catch (SocketTimeoutException e) {
                long tookNanos = System.nanoTime() - startNanos;
                if (tookNanos < SHORT.toNanos()) {
                    WRONG.add("early: tookNanos=" + tookNanos);
                }
            }
        }
    }
}
