package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.poll.loop.Registration;
import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Readiness;
import io.heddle.poll.spi.Selector;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A selector of one's own, written against the contract alone. Its descriptors are numbers that a program makes ready.
 */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SelectorSpiTest {
    /** Reports levels by number. */
    private static final class InMemory implements Selector {
        private record Watch(long key, int interest) {}

        /** What happens at the beginning of a select. */
        private interface Deed {
            void happen() throws IOException;
        }

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final Map<Integer, Watch> watched = new HashMap<>();
        private final Map<Integer, Integer> ready = new HashMap<>();
        private boolean woken;
        private boolean refusing;
        private int rearmed;
        private Deed onSelect = () -> {};
        private final AtomicInteger closed = new AtomicInteger();

        void makeReady(int number, int bits) {
            change(() -> ready.put(number, bits));
        }

        private void change(Runnable what) {
            lock.lock();
            try {
                what.run();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void register(Pollable source, long key, int interest) throws IOException {
            refuse();
            if (source.fd() < 0) {
                throw source.unsupported("in-memory");
            }
            if (watched.containsKey(source.fd())) {
                throw source.numberRegistered();
            }
            change(() -> watched.put(source.fd(), new Watch(key, interest)));
        }

        @Override
        public void reregister(Pollable source, long key, int interest) throws IOException {
            refuse();
            change(() -> watched.put(source.fd(), new Watch(key, interest)));
        }

        @Override
        public void deregister(Pollable source, long key) throws IOException {
            change(() -> watched.remove(source.fd()));
            refuse();
        }

        private void refuse() throws IOException {
            if (refusing) {
                throw new IOException("refused");
            }
        }

        @Override
        public boolean needsRearm() {
            return true;
        }

        @Override
        public void rearm(Pollable source, long key, int interest) {
            change(() -> rearmed |= interest);
        }

        @Override
        public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
            onSelect.happen();
            lock.lock();
            try {
                long leftNanos = timeoutNanos;
                while (!woken && leftNanos > 0 && readyKeys().isEmpty()) {
                    leftNanos = changed.awaitNanos(Math.min(leftNanos, TimeUnit.DAYS.toNanos(1)));
                }
                woken = false;
                readyKeys().entrySet().stream()
                        .limit(eventsMax)
                        .forEach(each -> sink.ready(each.getKey(), each.getValue()));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                lock.unlock();
            }
        }

        private Map<Long, Integer> readyKeys() {
            Map<Long, Integer> keys = new HashMap<>();
            watched.forEach((number, watch) -> {
                int bits = ready.getOrDefault(number, 0) & watch.interest;
                if (bits != 0) {
                    keys.put(watch.key, bits);
                }
            });
            return keys;
        }

        @Override
        public void wake() {
            change(() -> woken = true);
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private final InMemory selector = new InMemory();

    @Test
    void itIsUsedForEverything() throws Exception {
        FdSource source = FdSource.of(1);
        try (Polling polling = new Polling(Poll.open(() -> selector))) {
            polling.registry.register(source, Long.MIN_VALUE, Interest.READABLE);
            assertThatThrownBy(() -> polling.registry.register(FdSource.of(1), 8, Interest.READABLE))
                    .isInstanceOf(IllegalStateException.class);
            polling.expectNothing();
            selector.makeReady(1, Readiness.READABLE);
            assertThat(polling.next(Long.MIN_VALUE)).isEqualTo(Seen.READABLE);
            source.wouldBlock(Interest.READABLE);
            assertThat(selector.rearmed).isEqualTo(Readiness.READABLE);
            polling.registry.reregister(source, 9, Interest.WRITABLE);
            polling.expectNothing();
            polling.registry.deregister(source);
            assertThat(selector.watched).isEmpty();
            assertThat(polling.poll.fd()).isEqualTo(-1);
        }
        assertThat(selector.closed).hasValue(1);
    }

    @Test
    void itsPollIsWokenAndClosedLikeAnyOther() throws Exception {
        try (Polling polling = new Polling(Poll.open(() -> selector));
                Waker waker = Waker.create(polling.registry, 5)) {
            Task<Map<Long, Seen>> poll =
                    Caller.PLATFORM_THREAD.start(() -> polling.once(Duration.ofSeconds(Long.MAX_VALUE)));
            poll.awaitParked();
            waker.wake();
            assertThat(poll.get()).containsOnlyKeys(5L);

            Task<Integer> closed = Caller.PLATFORM_THREAD.start(() -> polling.poll.poll(polling.events));
            closed.awaitParked();
            polling.poll.close();
            assertThat(closed.failure()).isInstanceOf(ClosedSelectorException.class);
        }
        assertThat(selector.closed).hasValue(1);
    }

    @Test
    void itIsClosedWhenItsLastUserHasLeft() throws Exception {
        Polling polling = new Polling(Poll.open(() -> selector));
        Task<Integer> poll = Caller.PLATFORM_THREAD.start(() -> polling.poll.poll(polling.events));
        poll.awaitParked();
        selector.lock.lock();
        try {
            // Blocks in wake, after which the poll still has to leave.
            Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(polling::close);
            closing.awaitQueued();
            assertThat(selector.closed).hasValue(0);
        } finally {
            selector.lock.unlock();
        }
        assertThat(poll.failure()).isInstanceOf(ClosedSelectorException.class);
        Await.until("the last user closes it", () -> selector.closed.get() == 1);
    }

    @Test
    void whatItRefusesChangesNothingButDeregistering() throws Exception {
        FdSource source = FdSource.of(1);
        selector.makeReady(1, Readiness.READABLE);
        try (Polling polling = new Polling(Poll.open(() -> selector))) {
            selector.refusing = true;
            assertThatThrownBy(() -> polling.registry.register(source, 7, Interest.READABLE))
                    .hasMessage("refused");
            assertThatThrownBy(() -> polling.registry.deregister(source)).isInstanceOf(IllegalStateException.class);
            selector.refusing = false;
            polling.registry.register(source, 8, Interest.READABLE);
            selector.refusing = true;
            assertThatThrownBy(() -> polling.registry.reregister(source, 9, Interest.READABLE))
                    .hasMessage("refused");
            assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
            assertThatThrownBy(() -> polling.registry.deregister(source)).hasMessage("refused");
            polling.expectNothing();
            assertThatThrownBy(() -> polling.registry.deregister(source)).isInstanceOf(IllegalStateException.class);
            selector.refusing = false;
            polling.registry.register(source, 10, Interest.READABLE);
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
        }
    }

    /** Sources that the program makes ready, of which a poll with room for one event leaves all but the first. */
    private List<Registration> leaveAllButOne(Poll poll, int count) throws IOException {
        List<Registration> sources = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Registration each = Registration.create();
            poll.registry().register(each, i, Interest.READABLE);
            each.setReadiness().set(Interest.READABLE);
            sources.add(each);
        }
        Events one = Events.withCapacity(1);
        assertThat(poll.poll(one)).isEqualTo(1);
        assertThat(one.get(0).token()).isZero();
        return sources;
    }

    @Test
    void whatIsReportedBeforeItFailsIsNotLost() throws Exception {
        for (Exception failure : List.of(new IOException("failed"), new IllegalStateException("failed"))) {
            InMemory failing = new InMemory();
            try (Polling polling = new Polling(Poll.open(() -> failing))) {
                assertThat(leaveAllButOne(polling.poll, 2)).hasSize(2);
                failing.onSelect = () -> rethrow(failure);
                assertThat(polling.once(Duration.ZERO)).containsOnlyKeys(1L);
                assertThatThrownBy(() -> polling.once(Duration.ZERO)).isSameAs(failure);
                failing.onSelect = () -> {};
                polling.expectNothing();
            }
        }
    }

    private static void rethrow(Exception failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        throw (RuntimeException) failure;
    }

    /** By which another poll, or whoever else watches this one, knows of it. */
    @Test
    void itIsRungAgainForWhatComesTooLateForAPollThatEnds() throws Exception {
        try (Polling polling = new Polling(Poll.open(() -> selector))) {
            List<Registration> sources = leaveAllButOne(polling.poll, 2);
            sources.get(1).setReadiness().clear();
            // The ring is forgotten by the select that goes on.
            selector.onSelect = () -> sources.get(1).setReadiness().set(Interest.READABLE);
            assertThat(polling.once(Duration.ofNanos(1))).isEmpty();
            selector.onSelect = () -> {};
            assertThat(selector.woken).isTrue();
            assertThat(polling.next(1)).isEqualTo(Seen.READABLE);
        }
    }

    @Test
    void aProviderMayRefuse() {
        assertThatThrownBy(() -> Poll.open(() -> {
                    throw new IOException("none left");
                }))
                .hasMessage("none left");
    }
}
