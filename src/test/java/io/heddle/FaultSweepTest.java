package io.heddle;

import static io.heddle.FaultSweepTest.Outcome.FAILS;
import static io.heddle.FaultSweepTest.Outcome.GOES_ON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.Conversation.Server;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Ledger;
import io.heddle.testing.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every native call of a {@link Conversation} fails once with every errno that its man page knows, at its first call,
 * its second and so on to the last. Either nobody notices, or that one operation fails with the right exception;
 * nothing is left over, and the next conversation goes well. Which of the two it is depends on whose call it was: each
 * row names the operations that make it, and an operation that is in no row, or makes no call, fails the test.
 *
 * <p>Not swept: errors that only a defect of ours can bring about (EBADF, EFAULT, ENOTSOCK), and EAGAIN for recv, send
 * and accept4, which the kernel never answers without an event to follow. What is called at the start only, and
 * epoll_pwait2 on a kernel that has it not, is in {@link FaultyStartTest}.
 */
@Behaviour
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultSweepTest {
    /** How often what depends on the moment is tried. */
    private static final int ROUNDS_MAX = 100;

    enum Outcome {
        /** Nobody notices. */
        GOES_ON,
        /** The operation fails with the errno's exception. */
        FAILS
    }

    record Row(String function, Outcome outcome, List<String> operations, List<Integer> errnos) {
        Row(String function, Outcome outcome, List<String> operations, Integer... errnos) {
            this(function, outcome, operations, List.of(errnos));
        }
    }

    private static final List<Row> ROWS = List.of(
            new Row(
                    "socket",
                    FAILS,
                    List.of("TcpListenSocket.bind", "TcpStreamSocket.connect"),
                    Errno.EACCES,
                    Errno.EAFNOSUPPORT,
                    Errno.EINVAL,
                    Errno.EMFILE,
                    Errno.ENFILE,
                    Errno.ENOBUFS,
                    Errno.ENOMEM),
            new Row(
                    "bind",
                    FAILS,
                    List.of("TcpListenSocket.bind"),
                    Errno.EACCES,
                    Errno.EADDRINUSE,
                    Errno.EADDRNOTAVAIL,
                    Errno.EINVAL,
                    Errno.ENOMEM),
            new Row("listen", FAILS, List.of("TcpListenSocket.bind"), Errno.EADDRINUSE, Errno.EOPNOTSUPP),
            new Row(
                    "accept4",
                    GOES_ON,
                    List.of("ListenSocket.accept"),
                    Errno.EINTR,
                    Errno.ECONNABORTED,
                    Errno.EMFILE,
                    Errno.ENFILE,
                    Errno.ENOBUFS,
                    Errno.ENOMEM,
                    Errno.EPERM,
                    Errno.EPROTO,
                    Errno.ENETDOWN,
                    Errno.ENOPROTOOPT,
                    Errno.EHOSTDOWN,
                    Errno.ENONET,
                    Errno.EHOSTUNREACH,
                    Errno.EOPNOTSUPP,
                    Errno.ENETUNREACH,
                    Errno.ETIMEDOUT),
            new Row("accept4", FAILS, List.of("ListenSocket.accept"), Errno.EINVAL),
            new Row("connect", GOES_ON, List.of("TcpStreamSocket.connect"), Errno.EINTR, Errno.EINPROGRESS),
            new Row(
                    "connect",
                    FAILS,
                    List.of("TcpStreamSocket.connect"),
                    Errno.EACCES,
                    Errno.EPERM,
                    Errno.EADDRINUSE,
                    Errno.EADDRNOTAVAIL,
                    Errno.EAFNOSUPPORT,
                    Errno.EAGAIN,
                    Errno.ECONNREFUSED,
                    Errno.ENETUNREACH,
                    Errno.EHOSTUNREACH,
                    Errno.ETIMEDOUT),
            new Row("recv", GOES_ON, List.of("StreamSocket.read"), Errno.EINTR),
            new Row(
                    "recv",
                    FAILS,
                    List.of("StreamSocket.read"),
                    Errno.ECONNRESET,
                    Errno.ECONNREFUSED,
                    Errno.ETIMEDOUT,
                    Errno.EHOSTUNREACH,
                    Errno.ECONNABORTED,
                    Errno.ENOMEM,
                    Errno.ENOTCONN),
            new Row("send", GOES_ON, List.of("StreamSocket.write"), Errno.EINTR),
            new Row(
                    "send",
                    FAILS,
                    List.of("StreamSocket.write"),
                    Errno.ECONNRESET,
                    Errno.EPIPE,
                    Errno.ENOBUFS,
                    Errno.ENOMEM,
                    Errno.EACCES,
                    Errno.ENOTCONN,
                    Errno.ETIMEDOUT,
                    Errno.EHOSTUNREACH),
            new Row("shutdown", FAILS, List.of("StreamSocket.shutdownOutput"), Errno.EINVAL, Errno.ENOBUFS),
            // The end of the stream is sent by close(2), too, if nobody else has the number.
            new Row("shutdown", GOES_ON, List.of("Descriptor.close"), Errno.EINVAL, Errno.ENOBUFS),
            new Row("close", GOES_ON, closers(), Errno.EINTR, Errno.EIO, Errno.ENOSPC),
            new Row(
                    "setsockopt",
                    FAILS,
                    List.of("TcpListenSocket.bind", "TcpSocket.setOption"),
                    Errno.EINVAL,
                    Errno.ENOPROTOOPT,
                    Errno.ENOMEM,
                    Errno.ENOBUFS),
            new Row(
                    "getsockopt",
                    FAILS,
                    List.of("TcpStreamSocket.connect", "Connection.getOption"),
                    Errno.EINVAL,
                    Errno.ENOPROTOOPT,
                    Errno.ENOBUFS),
            // Asks for the state only in case a write has met a reset.
            new Row(
                    "getsockopt",
                    GOES_ON,
                    List.of("StreamSocket.endOfStream"),
                    Errno.EINVAL,
                    Errno.ENOPROTOOPT,
                    Errno.ENOBUFS),
            new Row("getsockname", FAILS, List.of("TcpListenSocket.bind"), Errno.ENOBUFS, Errno.EINVAL),
            // As in java.net, an address that the kernel does not tell is the wildcard.
            new Row("getsockname", GOES_ON, List.of("TcpSocket.localAddress"), Errno.ENOBUFS, Errno.EINVAL),
            new Row("getpeername", FAILS, List.of("TcpStreamSocket.connect"), Errno.ENOBUFS, Errno.EINVAL),
            new Row("ioctl", FAILS, List.of("Connection.available"), Errno.EINVAL),
            new Row("epoll_create1", FAILS, List.of("EpollPoller.open"), Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM),
            new Row("eventfd", FAILS, List.of("EpollPoller.open"), Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM),
            new Row("epoll_ctl", FAILS, watchers(), Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM, Errno.ENOENT),
            // A listener waits for what is short, as for descriptors; what is not short comes of a broken one.
            new Row("epoll_ctl", GOES_ON, List.of("ListenSocket.accept"), Errno.ENOMEM, Errno.ENOSPC),
            new Row("epoll_ctl", FAILS, List.of("ListenSocket.accept"), Errno.EPERM, Errno.ENOENT),
            // close(2) takes it out all the same; the hosted poller says so and tries again.
            new Row("epoll_ctl", GOES_ON, forgetters(), Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM, Errno.ENOENT),
            new Row("epoll_wait", GOES_ON, List.of("EpollPoller.poll"), Errno.EINTR),
            new Row("epoll_pwait2", GOES_ON, List.of("EpollPoller.poll"), Errno.EINTR),
            new Row("read", GOES_ON, List.of("EpollPoller.poll"), Errno.EAGAIN, Errno.EINTR),
            new Row("write", GOES_ON, List.of("EpollPoller.wake"), Errno.EAGAIN));

    private static List<String> closers() {
        return List.of("Descriptor.end", "EpollPoller.release");
    }

    private static List<String> watchers() {
        return List.of("EpollPoller.open", "TcpStreamSocket.connect", "StreamSocket.read");
    }

    private static List<String> forgetters() {
        return List.of("Registration.discard", "HostedMaster.arm");
    }

    /** One function, and who has the conversation. */
    record Case(String function, Caller caller, Server server) {
        List<Row> rows() {
            return ROWS.stream().filter(row -> row.function().equals(function)).toList();
        }

        List<Integer> errnos() {
            return rows().stream()
                    .flatMap(row -> row.errnos().stream())
                    .distinct()
                    .toList();
        }

        /** Whose calls have to meet the errno. */
        Set<String> operations(int errno) {
            return rows().stream()
                    .filter(row -> row.errnos().contains(errno))
                    .flatMap(row -> row.operations().stream())
                    .filter(this::isMade)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        boolean isMade() {
            return rows().stream().flatMap(row -> row.operations().stream()).anyMatch(this::isMade);
        }

        /** Whether the operation makes the call in this mode. */
        private boolean isMade(String operation) {
            boolean hosted = Heddle.shared().mode() == Heddle.Mode.HOSTED;
            return switch (operation) {
                // The hosted poller is there from the first test on: see FaultyStartTest.
                case "EpollPoller.open", "EpollPoller.release" -> !hosted;
                case "HostedMaster.arm" -> hosted || caller != Caller.HEDDLE_THREAD;
                case "EpollPoller.poll", "EpollPoller.wake" -> isMadeByPoller(hosted);
                default -> true;
            };
        }

        /** A platform thread parks by its own clock, and rings nobody; the handlers of serve are virtual threads. */
        private boolean isMadeByPoller(boolean hosted) {
            return switch (function) {
                case "epoll_pwait2" -> caller.isVirtual() || server == Server.SERVE;
                case "read", "write" -> !hosted || caller.isVirtual() || server == Server.SERVE;
                default -> true;
            };
        }

        /** The innermost operation of these frames that has a row; empty if there is none. */
        String operation(List<String> frames, int errno) {
            return frames.stream()
                    .filter(frame -> rowOf(frame, errno) != null)
                    .findFirst()
                    .orElse("");
        }

        @Nullable
        Row rowOf(String operation, int errno) {
            return rows().stream()
                    .filter(row ->
                            row.errnos().contains(errno) && row.operations().contains(operation))
                    .findFirst()
                    .orElse(null);
        }

        Conversation hold() throws Exception {
            return Conversation.hold(caller, server);
        }

        @Override
        public String toString() {
            return function + " " + caller + " " + server;
        }
    }

    private static Stream<Case> allCases() {
        return ROWS.stream()
                .map(Row::function)
                .distinct()
                .flatMap(function -> Stream.of(Caller.values())
                        .flatMap(caller ->
                                Stream.of(Server.values()).map(server -> new Case(function, caller, server))));
    }

    static Stream<Case> cases() {
        return allCases().filter(Case::isMade);
    }

    static Stream<Arguments> conversations() {
        return Stream.of(Caller.values())
                .flatMap(caller -> Stream.of(Server.values()).map(server -> Arguments.of(caller, server)));
    }

    /** Or a function that is called no more would be swept in vain, and a new one not at all. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("conversations")
    void theseFunctionsAreCalledAndNoOther(Caller caller, Server server) throws Exception {
        Set<String> expected = cases().filter(each -> each.caller() == caller && each.server() == server)
                .map(Case::function)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> called = new TreeSet<>();
        for (int i = 0; i < ROUNDS_MAX && !called.equals(expected); i++) {
            try (FaultPlan plan = FaultPlan.counting()) {
                Conversation conversation = Conversation.hold(caller, server);
                assertThat(conversation.isComplete()).as(conversation::toString).isTrue();
                called.addAll(plan.called());
            }
        }
        assertThat(called).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void oneOperationFailsAndNothingElse(Case swept) throws Exception {
        int calls = count(swept);
        List<String> wrong = new ArrayList<>();
        for (int errno : swept.errnos()) {
            // Not for each call, as it takes longer than a conversation.
            Ledger before = Ledger.take().withoutMemory();
            Set<String> unmet = swept.operations(errno);
            for (int round = 0; round == 0 || (round < ROUNDS_MAX && !unmet.isEmpty() && wrong.isEmpty()); round++) {
                for (int k = 1; k <= calls; k++) {
                    unmet.remove(run(swept, errno, k, wrong));
                }
            }
            if (!unmet.isEmpty()) {
                wrong.add(Errno.name(errno) + " never met " + unmet);
            }
            Conversation next = swept.hold();
            if (!next.isComplete()) {
                wrong.add(Errno.name(errno) + ": the conversation after it failed: " + next);
            }
            List<String> left = Ledger.leftSince(before);
            if (!left.isEmpty()) {
                wrong.add(Errno.name(errno) + " left behind: " + left);
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** As other threads take part, a conversation may make some calls more or less than the last. */
    private static int count(Case swept) throws Exception {
        int calls = 0;
        for (int i = 0; i < ROUNDS_MAX && calls == 0; i++) {
            try (FaultPlan plan = FaultPlan.counting()) {
                assertThat(swept.hold().isComplete()).isTrue();
                calls = plan.calls(swept.function());
            }
        }
        assertThat(calls).as(swept::toString).isPositive();
        return calls;
    }

    /** Answers the operation that met the fault, or an empty word if the call was not made this time. */
    private static String run(Case swept, int errno, int k, List<String> wrong) throws Exception {
        Conversation conversation;
        List<String> met;
        try (FaultPlan plan = FaultPlan.failing(swept.function(), errno, k)) {
            conversation = swept.hold();
            met = plan.met();
        }
        String what = swept.function() + " " + Errno.name(errno) + " at call " + k + " of ";
        String operation = swept.operation(met, errno);
        Row row = swept.rowOf(operation, errno);
        if (row == null && !met.isEmpty()) {
            wrong.add(what + "an operation without a row: " + met);
        } else if (row == null || row.outcome() == GOES_ON) {
            if (!conversation.isComplete()) {
                wrong.add(what + operation + " should go on: " + conversation);
            }
        } else if (!hasFailedOf(swept.function(), errno, operation, conversation)) {
            wrong.add(what + operation + " should fail: " + conversation);
        } else if (operation.matches("((Stream|TcpStream|Tcp)Socket|Connection)[.].*")
                && !conversation.isCompleteButForOne()) {
            wrong.add(what + operation + " is one connection's, and others failed: " + conversation);
        }
        return operation;
    }

    /** Whether one of the exceptions is the operation's, of the errno; others may follow from it. */
    private static boolean hasFailedOf(String function, int errno, String operation, Conversation conversation) {
        boolean transfer = function.equals("recv") || function.equals("send");
        Exception expected = transfer ? Errors.ofTransfer(function, errno, "") : Errors.of(function, errno, "");
        String text = String.valueOf(expected.getMessage());
        for (Throwable failure : conversation.failures) {
            for (Throwable t = failure; t != null; t = t.getCause()) {
                String message = String.valueOf(t.getMessage());
                // A part of an operation fails under the operation's name.
                boolean named = message.startsWith(text) || message.contains("errno=" + Errno.name(errno) + ",");
                if (t.getClass() == expected.getClass() && named && isOf(t, operation)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isOf(Throwable t, String operation) {
        return Stream.of(t.getStackTrace())
                .anyMatch(frame -> FaultPlan.frame(frame.getClassName(), frame.getMethodName())
                        .equals(operation));
    }

    @Test
    void aHalfCloseThatFailedCanBeTriedAgain() throws Exception {
        try (Pair pair = Pair.open()) {
            try (FaultPlan plan = FaultPlan.failingAlways("shutdown", Errno.ENOBUFS)) {
                assertThatThrownBy(pair.local()::shutdownOutput).hasMessageContaining("ENOBUFS");
                assertThatThrownBy(pair.local()::shutdownInput).hasMessageContaining("ENOBUFS");
                assertThat(plan.calls("shutdown")).isEqualTo(2);
            }
            pair.local().shutdownOutput();
            pair.local().shutdownInput();

            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shortTransfers")
    void shortTransfersAreMadeWhole(String function, int bytes, Caller caller) throws Exception {
        try (FaultPlan plan = FaultPlan.shortened(function, bytes)) {
            Conversation conversation = Conversation.hold(caller, Server.ACCEPT);
            assertThat(conversation.isComplete()).as(conversation::toString).isTrue();
            assertThat(plan.wasMet()).isTrue();
        }
    }

    static Stream<Arguments> shortTransfers() {
        return Stream.of("recv", "send")
                .flatMap(function -> Stream.of(1, 7, 64, 4095)
                        .flatMap(bytes ->
                                Stream.of(Caller.values()).map(caller -> Arguments.of(function, bytes, caller))));
    }
}
