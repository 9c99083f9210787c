package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.net.Pipe;
import io.heddle.poll.net.WouldBlock;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    /** Counts what comes through a pipe, until nothing has come for a second, the end has, or "stop" is sent. */
    static final class Counter implements Handler<String, String> {
        private final Pipe.Receiver pipe;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        private Timeout silence;
        long bytes;

        Counter(EventLoop<String, String> loop, Pipe.Receiver pipe) {
            this.pipe = pipe;
            silence = loop.timeout("silence", Duration.ofSeconds(1));
        }

        @Override
        public void ready(EventLoop<String, String> loop, Event event) throws IOException {
            int n = pipe.read(buffer.clear());
            while (n >= 0) {
                bytes += n;
                n = pipe.read(buffer.clear());
            }
            if (n != WouldBlock.WOULD_BLOCK) {
                loop.shutdown();
            }
            silence.cancel();
            silence = loop.timeout("silence", Duration.ofSeconds(1));
        }

        @Override
        public void message(EventLoop<String, String> loop, String message) {
            if (message.equals("stop")) {
                loop.shutdown();
            }
        }

        @Override
        public void timeout(EventLoop<String, String> loop, String token) {
            loop.shutdown();
        }
    }
    // @end

    // @start region="run"
    /** Answers how many bytes came. */
    static long count(Pipe.Receiver pipe) throws IOException {
        try (EventLoop<String, String> loop = EventLoop.open()) {
            loop.register(pipe, 1, Interest.READABLE);
            Counter counter = new Counter(loop, pipe);
            loop.run(counter);
            loop.deregister(pipe);
            return counter.bytes;
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
    void aPipeIsReadUntilItIsSilent() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            assertThat(pipe.sender().write(ByteBuffer.allocate(10_000))).isEqualTo(10_000);
            assertThat(count(pipe.receiver())).isEqualTo(10_000);
        }
    }

    @Test
    void aPipeIsReadUntilItEnds() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            assertThat(pipe.sender().write(ByteBuffer.allocate(10_000))).isEqualTo(10_000);
            pipe.sender().close();
            assertThat(count(pipe.receiver())).isEqualTo(10_000);
        }
    }

    @Test
    void aMessageStopsIt() throws Exception {
        try (EventLoop<String, String> loop = EventLoop.open();
                Pipe pipe = Pipe.open()) {
            Counter counter = new Counter(loop, pipe.receiver());
            Task<Boolean> running = Caller.PLATFORM_THREAD.startRun(() -> loop.run(counter));
            loop.channel().send("stop");
            assertThat(running.get()).isTrue();
            assertThat(counter.bytes).isZero();
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
