package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.carrier.Inbox.Kind;
import io.heddle.internal.carrier.Inbox.Message;
import io.heddle.internal.timer.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@link Inbox}: what goes in comes out once and in order, or is refused. */
class InboxTest {
    private final Inbox inbox = new Inbox();

    @Test
    void anEmptyInboxGivesNothing() {
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(inbox.takeAll()).isNull();
    }

    @Test
    void allIsTakenAtOnceOldestFirst() {
        Message a = task();
        Message b = task();
        Message c = task();
        assertThat(List.of(inbox.add(a), inbox.add(b), inbox.add(c))).containsOnly(true);

        assertThat(inbox.isEmpty()).isFalse();
        assertThat(list(inbox.takeAll())).containsExactly(a, b, c);
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(inbox.takeAll()).isNull();
    }

    @Test
    void closingReturnsWhatIsLeftAndRefusesTheRest() {
        Message a = task();
        Message b = task();
        assertThat(inbox.add(a)).isTrue();
        assertThat(inbox.add(b)).isTrue();

        assertThat(list(inbox.close())).containsExactly(a, b);
        assertThat(inbox.add(task())).isFalse();
        assertThat(inbox.close())
                .as("the end is tried again if it failed half-way")
                .isNull();
    }

    @Test
    void closingAnEmptyInboxReturnsNothing() {
        assertThat(inbox.close()).isNull();
        assertThat(inbox.add(task())).isFalse();
    }

    @Test
    void aMessageSaysWhatItIs() {
        Runnable task = () -> {};
        Timer timer = new Timer() {
            @Override
            protected void fire(long nowNanos) {
                throw new AssertionError("nobody links it");
            }
        };

        Message run = Message.run(task);
        assertThat(run.kind).isEqualTo(Kind.TASK);
        assertThat(run.task).isSameAs(task);
        Message schedule = Message.schedule(timer, 42);
        assertThat(schedule.kind).isEqualTo(Kind.SCHEDULE);
        assertThat(schedule.timer).isSameAs(timer);
        assertThat(schedule.atNanos).isEqualTo(42);
        Message cancel = Message.cancel(timer);
        assertThat(cancel.kind).isEqualTo(Kind.CANCEL);
        assertThat(cancel.timer).isSameAs(timer);
    }

    enum Step {
        ADD,
        TAKE_ALL,
        CLOSE
    }

    @Property
    void behavesAsAListThatIsClosedOnce(@ForAll @Size(max = 40) List<Step> steps) {
        Inbox any = new Inbox();
        List<Message> model = new ArrayList<>();
        boolean closed = false;
        for (Step step : steps) {
            switch (step) {
                case ADD -> {
                    Message message = task();
                    assertThat(any.add(message)).isEqualTo(!closed);
                    if (!closed) {
                        model.add(message);
                    }
                }
                case TAKE_ALL -> {
                    if (!closed) {
                        assertThat(list(any.takeAll())).containsExactlyElementsOf(model);
                        model.clear();
                    }
                }
                case CLOSE -> {
                    if (!closed) {
                        assertThat(list(any.close())).containsExactlyElementsOf(model);
                        model.clear();
                        closed = true;
                    }
                }
            }
            assertThat(closed || any.isEmpty() == model.isEmpty()).isTrue();
        }
    }

    /** Books: accepted = taken + what close returned, each once, and each producer's in its order. */
    @Test
    void whatFourThreadsAddIsTakenOnceAndInEachThreadsOrder() throws Exception {
        int producers = 4;
        List<Thread> threads = new ArrayList<>();
        AtomicInteger accepted = new AtomicInteger();
        for (int producer = 0; producer < producers; producer++) {
            int mine = producer;
            threads.add(Thread.ofPlatform().start(() -> {
                for (long number = 0; inbox.add(Message.schedule(new Tag(mine), number)); number++) {
                    accepted.incrementAndGet();
                    // Now and then, so that all four get somewhere on few CPUs.
                    if (number % 100 == 0) {
                        Thread.yield();
                    }
                }
            }));
        }
        long[] next = new long[producers];
        int taken = 0;
        while (taken < 100_000) {
            taken += check(inbox.takeAll(), next);
        }
        taken += check(inbox.close(), next);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).isEqualTo(accepted.get());
    }

    private static int check(@Nullable Message first, long[] next) {
        int count = 0;
        for (Message message = first; message != null; message = message.next) {
            int producer = ((Tag) Objects.requireNonNull(message.timer)).producer;
            assertThat(message.atNanos).as("producer %d", producer).isEqualTo(next[producer]++);
            count++;
        }
        return count;
    }

    private static Message task() {
        return Message.run(() -> {});
    }

    private static List<Message> list(@Nullable Message first) {
        List<Message> messages = new ArrayList<>();
        for (Message message = first; message != null; message = message.next) {
            messages.add(message);
        }
        return messages;
    }

    private static final class Tag extends Timer {
        final int producer;

        Tag(int producer) {
            this.producer = producer;
        }

        @Override
        protected void fire(long nowNanos) {
            throw new AssertionError("nobody links it");
        }
    }
}
