package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of the Javadoc of the readiness API, run. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollExamples {
    private static final int EAGAIN = Errno.EAGAIN;

    private static int read(int fd) {
        int n = Kernel.read(fd, 8);
        return n == -EAGAIN ? -2 : n;
    }

    // @start region="loop"
    /** Counts what comes from a descriptor until the poll is closed. */
    static void count(Poll poll, int fd, AtomicInteger sum) throws IOException {
        FdSource source = FdSource.of(fd);
        poll.registry().register(source, 1, Interest.READABLE);
        Events events = Events.withCapacity(128);
        while (poll.isOpen()) {
            poll.poll(events);
            for (Event event : events) {
                if (event.token() == 1 && event.isReadable()) {
                    int n = read(fd);
                    while (n > 0) {
                        sum.addAndGet(n);
                        n = read(fd);
                    }
                    if (n == -2) {
                        source.wouldBlock(Interest.READABLE);
                    }
                }
            }
        }
    }
    // @end

    // @start region="waker"
    /** Has work done by the thread that polls. */
    static void send(Runnable work, Queue<Runnable> inbox, Waker waker) throws IOException {
        inbox.add(work);
        waker.wake();
    }
    // @end

    // @start region="source"
    /** A counter of the kernel. */
    record Counter(FdSource inner) implements Source {
        @Override
        public void register(Registry registry, long token, Interest interest) throws IOException {
            inner.register(registry, token, interest);
        }

        @Override
        public void reregister(Registry registry, long token, Interest interest) throws IOException {
            inner.reregister(registry, token, interest);
        }

        @Override
        public void deregister(Registry registry) throws IOException {
            inner.deregister(registry);
        }
    }
    // @end

    @Test
    void theLoopCountsUntilItIsClosed() throws Exception {
        for (Selectors kind : new Selectors[] {Selectors.EPOLL, Selectors.POLL}) {
            int[] ends = Kernel.unixPair();
            AtomicInteger sum = new AtomicInteger();
            Poll poll = Poll.open(kind);
            Task<Boolean> loop = Caller.PLATFORM_THREAD.startRun(() -> count(poll, ends[0], sum));
            for (int i = 0; i < 100; i++) {
                Kernel.write(ends[1], 10);
                int expected = (i + 1) * 10;
                Await.until("all is counted", () -> sum.get() == expected);
            }
            poll.close();
            assertThat(loop.failure()).isInstanceOf(ClosedSelectorException.class);
            Kernel.close(ends[0]);
            Kernel.close(ends[1]);
        }
    }

    @Test
    void workIsSentToWhoPolls() throws Exception {
        Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
        AtomicInteger done = new AtomicInteger();
        try (Poll poll = Poll.open();
                Waker waker = Waker.create(poll.registry(), 1)) {
            send(done::incrementAndGet, inbox, waker);
            Events events = Events.withCapacity(1);
            assertThat(poll.poll(events)).isEqualTo(1);
            for (Runnable work = inbox.poll(); work != null; work = inbox.poll()) {
                work.run();
            }
        }
        assertThat(done).hasValue(1);
    }

    @Test
    void aSourceMadeOfAnotherIsRegistered() throws Exception {
        int fd = Kernel.eventFd();
        Kernel.add(fd, 1);
        Counter counter = new Counter(FdSource.of(fd));
        try (Poll poll = Poll.open()) {
            poll.registry().register(counter, 1, Interest.READABLE);
            poll.registry().reregister(counter, 2, Interest.READABLE);
            Events events = Events.withCapacity(1);
            assertThat(poll.poll(events)).isEqualTo(1);
            assertThat(events.get(0).token()).isEqualTo(2);
            poll.registry().deregister(counter);
        }
        Kernel.close(fd);
    }
}
