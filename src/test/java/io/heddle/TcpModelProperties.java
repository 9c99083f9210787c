package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.readiness.Registrations;
import io.heddle.testing.Acceptor;
import io.heddle.testing.Await;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import io.heddle.testing.TcpState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Goal: no sequence of calls on the two ends of a connection loses, doubles or swaps a byte, reports an end or a reset
 * that is none, or an error of another text than it should.
 *
 * <p>Method: random calls on real sockets and on {@link TcpModel}, which serves as well for the sockets of the JDK.
 * After each call what it sent is waited for, so that the answer to the next one is known. A read that has to wait does
 * so on another thread, until a call at either end gives it an answer.
 */
@Tag("behaviour")
class TcpModelProperties {
    private static final int TRIES = 50;
    private static final Step CLOSE = new Step(false, Verb.CLOSE, 1);

    enum Verb {
        WRITE,
        READ,
        AVAILABLE,
        READ_TIMEOUT,
        SHUTDOWN_INPUT,
        SHUTDOWN_OUTPUT,
        CLOSE,
        RESET
    }

    record Step(boolean right, Verb verb, int size) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Verb> verbs = Arbitraries.frequency(
                Tuple.of(8, Verb.WRITE),
                Tuple.of(10, Verb.READ),
                Tuple.of(2, Verb.AVAILABLE),
                Tuple.of(3, Verb.READ_TIMEOUT),
                Tuple.of(1, Verb.SHUTDOWN_INPUT),
                Tuple.of(2, Verb.SHUTDOWN_OUTPUT),
                Tuple.of(1, Verb.CLOSE),
                Tuple.of(1, Verb.RESET));
        Arbitrary<Integer> sizes = Arbitraries.oneOf(
                Arbitraries.integers().between(1, 5), Arbitraries.integers().between(1, 2_000));
        return Combinators.combine(Arbitraries.of(true, false), verbs, sizes)
                .as(Step::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(40);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void ourSocketsBehaveAsTheModelOnAThreadOfOurs(@ForAll("steps") List<Step> steps) throws Exception {
        play(Stack.HEDDLE, Caller.HEDDLE_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void ourSocketsBehaveAsTheModelOnAVirtualThreadOfTheJdk(@ForAll("steps") List<Step> steps) throws Exception {
        play(Stack.HEDDLE, Caller.JDK_VIRTUAL_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void ourSocketsBehaveAsTheModelOnAPlatformThread(@ForAll("steps") List<Step> steps) throws Exception {
        play(Stack.HEDDLE, Caller.PLATFORM_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void ourSocketsInTheShapeOfTheJdksBehaveAsTheModel(@ForAll("steps") List<Step> steps) throws Exception {
        play(Stack.DROP_IN, Caller.HEDDLE_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void theSocketsOfTheJdkBehaveAsTheModel(@ForAll("steps") List<Step> steps) throws Exception {
        play(Stack.JDK, Caller.JDK_VIRTUAL_THREAD, steps);
    }

    private static void play(Stack stack, Caller caller, List<Step> steps) throws Exception {
        int before = Registrations.count();
        caller.run(() -> {
            try (Acceptor acceptor = stack.listen();
                    Connection left = stack.connect(acceptor.localAddress(), 0);
                    Connection right = acceptor.accept(0)) {
                new Run(stack, left, right).play(steps);
            }
        });
        assertThat(Registrations.count()).as("registrations").isLessThanOrEqualTo(before);
    }

    private static final class Run {
        private final End left;
        private final End right;
        private final List<String> log = new ArrayList<>();

        Run(Stack stack, Connection left, Connection right) throws IOException {
            TcpModel model = new TcpModel(stack);
            this.left = new End(left, model.left, model.right);
            this.right = new End(right, model.right, model.left);
        }

        void play(List<Step> steps) throws Exception {
            for (Step step : steps) {
                End end = step.right ? right : left;
                String name = (step.right ? "right " : "left ") + step.verb + " " + step.size;
                if (end.isWaitFor(step)) {
                    log.add(name + " -> waits");
                    end.readAhead(step.size);
                    continue;
                }
                String expected = end.expect(step);
                if (expected != null) {
                    log.add(name + " -> " + expected);
                    check(end.does(step), expected);
                    settle();
                }
            }
            for (End end : List.of(left, right)) {
                log.add("close");
                check(end.does(CLOSE), end.model.close());
                settle();
            }
        }

        private void settle() throws Exception {
            for (End end : List.of(left, right)) {
                if (end.reading != null && !end.model.readWouldWait()) {
                    String expected = end.model.read(end.reading.size);
                    log.add("the read that waited -> " + expected);
                    check(end.endReading(), expected);
                }
            }
            left.settle();
            right.settle();
        }

        private void check(String outcome, String expected) {
            assertThat(outcome).as(() -> String.join("\n", log)).isEqualTo(expected);
        }
    }

    private static String outcomeOf(Callable<String> call) throws Exception {
        try {
            return call.call();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** One read. */
    private static final class Reading {
        private final int size;
        private final byte[] dst;
        private @Nullable Task<Boolean> task;
        private int n;
        private String outcome = "none";

        Reading(int size) {
            this.size = size;
            dst = new byte[size];
        }

        String read(Connection from) throws IOException {
            n = from.read(dst);
            return String.valueOf(n);
        }

        /** After the model has read. */
        void check(TcpModel.End model) {
            Bytes.check(dst, n, model.place() - n);
        }
    }

    /** A socket and what it has to do. */
    private static final class End {
        private static final int UNREAD_MAX = 30_000;

        private final Connection real;
        private final TcpModel.End model;
        private final TcpModel.End other;
        private final InetSocketAddress local;
        private final InetSocketAddress remote;
        private TcpState settled = TcpState.ESTABLISHED;
        private int timeoutMillis;
        private int written;

        /** The read that waits, if one does. */
        private @Nullable Reading reading;

        End(Connection real, TcpModel.End model, TcpModel.End other) throws IOException {
            this.real = real;
            this.model = model;
            this.other = other;
            local = real.localAddress();
            remote = real.remoteAddress();
            // A small write must not wait for the acknowledgement of the one before.
            real.set(StandardSocketOptions.TCP_NODELAY, true);
        }

        boolean isWaitFor(Step step) {
            return step.verb == Verb.READ && reading == null && timeoutMillis != 1 && model.readWouldWait();
        }

        /** On a thread like the present one. */
        void readAhead(int size) throws Exception {
            Reading next = new Reading(size);
            next.task = Task.on(
                    work -> Thread.currentThread().isVirtual()
                            ? Thread.ofVirtual().unstarted(work)
                            : Thread.ofPlatform()
                                    .daemon()
                                    .name("caller-platform")
                                    .unstarted(work),
                    () -> next.outcome = outcomeOf(() -> next.read(real)));
            next.task.awaitWaiting();
            reading = next;
        }

        String endReading() throws Exception {
            Reading ended = Objects.requireNonNull(reading);
            reading = null;
            assertThat(Objects.requireNonNull(ended.task).get()).isTrue();
            ended.check(model);
            return ended.outcome;
        }

        /** Null if the step cannot be taken: a second reader, or too many bytes for the kernel. */
        @Nullable
        String expect(Step step) {
            return switch (step.verb) {
                case WRITE -> other.unread() + step.size > UNREAD_MAX ? null : model.write(step.size);
                case READ -> reading != null ? null : model.read(step.size);
                case AVAILABLE -> model.available();
                case READ_TIMEOUT -> model.isClosed() ? null : "done";
                case SHUTDOWN_INPUT -> model.shutdownInput();
                case SHUTDOWN_OUTPUT -> model.shutdownOutput();
                case CLOSE -> model.close();
                case RESET -> model.reset();
            };
        }

        String does(Step step) throws Exception {
            return outcomeOf(() -> act(step));
        }

        private String act(Step step) throws IOException {
            switch (step.verb) {
                case READ -> {
                    Reading now = new Reading(step.size);
                    String n = now.read(real);
                    now.check(model);
                    return n;
                }
                case AVAILABLE -> {
                    return String.valueOf(real.available());
                }
                case WRITE -> {
                    real.write(Bytes.from(written, step.size));
                    written += step.size;
                }
                case READ_TIMEOUT -> {
                    timeoutMillis = new int[] {0, 1, 1, 600_000}[step.size % 4];
                    real.readTimeout(timeoutMillis);
                }
                case SHUTDOWN_INPUT -> real.shutdownInput();
                case SHUTDOWN_OUTPUT -> real.shutdownOutput();
                case CLOSE -> real.close();
                case RESET -> {
                    real.set(StandardSocketOptions.SO_LINGER, 0);
                    real.close();
                }
            }
            return "done";
        }

        /** What was sent to this end has arrived when this returns. */
        void settle() throws Exception {
            if (model.isClosed()) {
                return;
            }
            if (model.state() != settled) {
                settled = model.state();
                TcpState.await(local, remote, settled);
            }
            if (model.isInputShut()) {
                Await.until(
                        "the bytes are there",
                        () -> settled == TcpState.CLOSED || TcpState.unread(local, remote) >= model.unread());
            } else {
                Await.until("the bytes are there", () -> real.available() == model.unread());
            }
        }
    }
}
