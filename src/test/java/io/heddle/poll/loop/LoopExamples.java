package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Kernel;
import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of the Javadoc of the event loop, run. */
@ExtendWith(NoLeaks.class)
@org.junit.jupiter.api.Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class LoopExamples {
    // @start region="handler"
    /** Says which descriptors have something to read, until none had for a second, or "stop" is sent. */
    static final class Reporter implements Handler<String, Long> {
        final List<String> said = new ArrayList<>();
        private Timeout silence;

        Reporter(EventLoop<String, Long> loop) {
            silence = loop.timeout(0L, Duration.ofSeconds(1));
        }

        @Override
        public void ready(EventLoop<String, Long> loop, Event event) {
            said.add("readable: " + event.token());
            silence.cancel();
            silence = loop.timeout(event.token(), Duration.ofSeconds(1));
        }

        @Override
        public void message(EventLoop<String, Long> loop, String message) {
            if (message.equals("stop")) {
                loop.shutdown();
            }
        }

        @Override
        public void timeout(EventLoop<String, Long> loop, Long last) {
            said.add("silent since: " + last);
            loop.shutdown();
        }
    }
    // @end

    // @start region="run"
    /** Watches a descriptor. */
    static List<String> watch(int fd) throws IOException {
        try (EventLoop<String, Long> loop = EventLoop.open()) {
            FdSource source = FdSource.of(fd);
            loop.register(source, fd, Interest.READABLE);
            Reporter reporter = new Reporter(loop);
            loop.run(reporter);
            loop.deregister(source);
            return reporter.said;
        }
    }
    // @end

    // @start region="timers"
    /** Polls until all timeouts have expired. */
    static List<String> waitForAll(Poll poll, Timers<String> timers) throws IOException {
        List<String> expired = new ArrayList<>();
        Events events = Events.withCapacity(64);
        while (timers.size() > 0) {
            poll.poll(events, timers.nextDelay());
            for (String token = timers.poll(); token != null; token = timers.poll()) {
                expired.add(token);
            }
        }
        return expired;
    }
    // @end

    // @start region="readiness"
    /** A queue that a poll can watch. */
    static final class Mailbox {
        private final Queue<String> mails = new ConcurrentLinkedQueue<>();
        private final Registration registration = Registration.create();

        /** What to register, for readable. */
        Registration source() {
            return registration;
        }

        /** Any thread. */
        void put(String mail) {
            mails.add(mail);
            registration.setReadiness().set(Interest.READABLE);
        }

        /** After an event: all there is. */
        List<String> take() {
            List<String> taken = new ArrayList<>();
            for (String mail = mails.poll(); mail != null; mail = mails.poll()) {
                taken.add(mail);
            }
            return taken;
        }
    }
    // @end

    @Test
    void aDescriptorIsWatchedUntilItIsSilent() throws Exception {
        int fd = Kernel.eventFd();
        Kernel.add(fd, 1);
        assertThat(watch(fd)).containsExactly("readable: " + fd, "silent since: " + fd);
        Kernel.close(fd);
    }

    @Test
    void aMessageStopsIt() throws Exception {
        try (EventLoop<String, Long> loop = EventLoop.open()) {
            Reporter reporter = new Reporter(loop);
            Task<Boolean> running = Caller.PLATFORM_THREAD.startRun(() -> loop.run(reporter));
            loop.channel().send("stop");
            assertThat(running.get()).isTrue();
            assertThat(reporter.said).isEmpty();
        }
    }

    @Test
    void timeoutsExpireInAPollOfOnesOwn() throws Exception {
        try (Poll poll = Poll.open()) {
            Timers<String> timers = new Timers<>();
            timers.set("later", Duration.ofMillis(80));
            timers.set("soon", Duration.ZERO);
            var never = timers.set("never", Duration.ofMillis(1));
            assertThat(never.cancel()).isTrue();
            assertThat(waitForAll(poll, timers)).containsExactly("soon", "later");
        }
    }

    @Test
    void aMailboxIsWatched() throws Exception {
        Mailbox mailbox = new Mailbox();
        try (Poll poll = Poll.open()) {
            poll.registry().register(mailbox.source(), 1, Interest.READABLE);
            Events events = Events.withCapacity(1);
            Task<Integer> polling = Caller.PLATFORM_THREAD.start(() -> poll.poll(events));
            mailbox.put("a");
            assertThat(polling.get()).isEqualTo(1);
            mailbox.put("b");
            assertThat(poll.poll(events)).isEqualTo(1);
            assertThat(mailbox.take()).containsExactly("a", "b");
        }
    }
}
