package io.heddle;

import static io.heddle.FaultSweepTest.Outcome.EITHER;
import static io.heddle.FaultSweepTest.Outcome.FAILS;
import static io.heddle.FaultSweepTest.Outcome.GOES_ON;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every native call of a {@link Conversation} fails once with every errno that its man page knows, at its first call,
 * its second and so on. Either nobody notices, or that one operation fails with the right exception; nothing is left
 * over, and the next conversation goes well.
 *
 * <p>Not swept: errors that only a defect of ours can bring about (EBADF, EFAULT, ENOTSOCK), and EAGAIN for recv, send
 * and accept4, which the kernel never answers without an event to follow.
 */
@Behaviour
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultSweepTest {
    private static final int CALLS_MAX = 8;

    enum Outcome {
        /** Nobody notices. */
        GOES_ON,
        /** The operation fails with the errno's exception. */
        FAILS,
        /** It fails, or nobody notices, as some callers need the answer and others do not. */
        EITHER
    }

    record Sweep(String function, Outcome outcome, List<Integer> errnos) {
        Sweep(String function, Outcome outcome, Integer... errnos) {
            this(function, outcome, List.of(errnos));
        }

        @Override
        public String toString() {
            return function + " " + outcome;
        }
    }

    private static final List<Sweep> SWEEPS = List.of(
            new Sweep(
                    "socket",
                    FAILS,
                    Errno.EACCES,
                    Errno.EAFNOSUPPORT,
                    Errno.EINVAL,
                    Errno.EMFILE,
                    Errno.ENFILE,
                    Errno.ENOBUFS,
                    Errno.ENOMEM),
            new Sweep("bind", FAILS, Errno.EACCES, Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.EINVAL, Errno.ENOMEM),
            new Sweep("listen", FAILS, Errno.EADDRINUSE, Errno.EOPNOTSUPP),
            new Sweep(
                    "accept4",
                    GOES_ON,
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
            new Sweep("accept4", FAILS, Errno.EINVAL),
            new Sweep("connect", GOES_ON, Errno.EINTR, Errno.EINPROGRESS),
            new Sweep(
                    "connect",
                    FAILS,
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
            new Sweep("recv", GOES_ON, Errno.EINTR),
            new Sweep(
                    "recv",
                    FAILS,
                    Errno.ECONNRESET,
                    Errno.ECONNREFUSED,
                    Errno.ETIMEDOUT,
                    Errno.EHOSTUNREACH,
                    Errno.ECONNABORTED,
                    Errno.ENOMEM,
                    Errno.ENOTCONN),
            new Sweep("send", GOES_ON, Errno.EINTR),
            new Sweep(
                    "send",
                    FAILS,
                    Errno.ECONNRESET,
                    Errno.EPIPE,
                    Errno.ENOBUFS,
                    Errno.ENOMEM,
                    Errno.EACCES,
                    Errno.ENOTCONN,
                    Errno.ETIMEDOUT,
                    Errno.EHOSTUNREACH),
            new Sweep("shutdown", EITHER, Errno.EINVAL, Errno.ENOBUFS),
            new Sweep("close", GOES_ON, Errno.EINTR, Errno.EIO, Errno.ENOSPC),
            new Sweep("setsockopt", FAILS, Errno.EINVAL, Errno.ENOPROTOOPT, Errno.ENOMEM, Errno.ENOBUFS),
            new Sweep("getsockopt", EITHER, Errno.EINVAL, Errno.ENOPROTOOPT, Errno.ENOBUFS),
            new Sweep("getsockname", EITHER, Errno.ENOBUFS, Errno.EINVAL),
            new Sweep("getpeername", FAILS, Errno.ENOBUFS, Errno.EINVAL),
            new Sweep("ioctl", FAILS, Errno.EINVAL),
            new Sweep("epoll_create1", FAILS, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM),
            new Sweep("eventfd", FAILS, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM),
            new Sweep("epoll_ctl", EITHER, Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM, Errno.ENOENT),
            new Sweep("epoll_wait", GOES_ON, Errno.EINTR),
            new Sweep("epoll_pwait2", GOES_ON, Errno.EINTR),
            new Sweep("read", GOES_ON, Errno.EAGAIN, Errno.EINTR),
            new Sweep("write", GOES_ON, Errno.EAGAIN));

    static Stream<Arguments> sweeps() {
        return SWEEPS.stream().flatMap(sweep -> Stream.of(Caller.values()).map(caller -> Arguments.of(sweep, caller)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("sweeps")
    void oneOperationFailsAndNothingElse(Sweep sweep, Caller caller) throws Exception {
        int calls = countCalls(sweep.function(), caller);
        List<String> wrong = new ArrayList<>();
        for (int errno : sweep.errnos()) {
            for (int k = 1; k <= calls; k++) {
                wrong.addAll(run(sweep, errno, k, caller));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** As other threads take part, a conversation may make some calls more or less than the last. */
    private static int countCalls(String function, Caller caller) throws Exception {
        try (FaultPlan plan = FaultPlan.counting()) {
            assertThat(Conversation.hold(caller).isComplete()).isTrue();
            return Math.min(plan.calls(function), CALLS_MAX);
        }
    }

    private static List<String> run(Sweep sweep, int errno, int k, Caller caller) throws Exception {
        Ledger before = Ledger.take().withoutMemory();
        Conversation conversation;
        boolean met;
        try (FaultPlan plan = FaultPlan.failing(sweep.function(), errno, k)) {
            conversation = Conversation.hold(caller);
            met = plan.wasMet();
        }
        String what = sweep.function() + " " + Errno.name(errno) + " at call " + k + " on " + caller + ": ";
        List<String> wrong = new ArrayList<>();
        if (!met || sweep.outcome() == GOES_ON || (sweep.outcome() == EITHER && conversation.failures.isEmpty())) {
            if (!conversation.isComplete()) {
                wrong.add(what + "should go on: " + conversation);
            }
        } else if (!hasFailedOf(sweep.function(), errno, conversation)) {
            wrong.add(what + "should fail: " + conversation);
        }
        List<String> left = Ledger.leftSince(before);
        if (!left.isEmpty()) {
            wrong.add(what + "left behind: " + left);
        }
        Conversation next = Conversation.hold(caller);
        if (!next.isComplete()) {
            wrong.add(what + "the next conversation failed: " + next);
        }
        return wrong;
    }

    /** Whether one of the exceptions is the errno's; it may have a cause, and others may follow from it. */
    private static boolean hasFailedOf(String function, int errno, Conversation conversation) {
        boolean transfer = function.equals("recv") || function.equals("send");
        Exception expected = transfer ? Errors.ofTransfer(function, errno, "") : Errors.of(function, errno, "");
        String text = String.valueOf(expected.getMessage());
        for (Throwable failure : conversation.failures) {
            for (Throwable t = failure; t != null; t = t.getCause()) {
                String message = String.valueOf(t.getMessage());
                // A part of an operation fails under the operation's name.
                boolean named = message.startsWith(text) || message.contains("errno=" + Errno.name(errno) + ",");
                if (t.getClass() == expected.getClass() && named) {
                    return true;
                }
            }
        }
        return false;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shortTransfers")
    void shortTransfersAreMadeWhole(String function, int bytes, Caller caller) throws Exception {
        try (FaultPlan plan = FaultPlan.shortened(function, bytes)) {
            Conversation conversation = Conversation.hold(caller);
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
