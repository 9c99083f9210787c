package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.poll.spi.Pollable;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is left of a poll whose selector fails, which it may do by an unchecked exception, too. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingSelectorTest {
    /** epoll, which can be broken: it neither registers nor wakes then. */
    private static final class Failing extends ForwardingSelector {
        private final AtomicBoolean broken = new AtomicBoolean();
        private final AtomicInteger rings = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();

        Failing() throws IOException {
            super(EpollSelector.open());
        }

        @Override
        public void register(Pollable source, long key, int interest) throws IOException {
            refuseIfBroken();
            super.register(source, key, interest);
        }

        @Override
        public void wake() {
            rings.incrementAndGet();
            refuseIfBroken();
            super.wake();
        }

        private void refuseIfBroken() {
            if (broken.get()) {
                throw new UncheckedIOException(new IOException("refused"));
            }
        }

        @Override
        public void close() {
            closed.incrementAndGet();
            super.close();
        }
    }

    @Test
    void whatItDoesNotRegisterIsRegisteredNowhere() throws Exception {
        Failing selector = new Failing();
        int counter = Kernel.eventFd();
        Kernel.add(counter, 1);
        FdSource source = FdSource.of(counter);
        try (Polling polling = new Polling(Poll.open(() -> selector));
                Polling other = Kind.EPOLL.open()) {
            selector.broken.set(true);
            assertThatThrownBy(() -> polling.registry.register(source, 7, Interest.READABLE))
                    .isInstanceOf(UncheckedIOException.class);
            assertThatThrownBy(() -> polling.registry.deregister(source))
                    .hasMessage("I/O source not registered with `Registry`: fd=" + counter);
            other.registry.register(source, 8, Interest.READABLE);
            assertThat(other.next(8)).isEqualTo(Seen.READABLE);
            other.registry.deregister(source);
            selector.broken.set(false);
            polling.registry.register(source, 9, Interest.READABLE);
            assertThat(polling.next(9)).isEqualTo(Seen.READABLE);
        }
        Kernel.close(counter);
    }

    @Test
    void aRefusedWakeIsAnIOExceptionAndTheNextWakeTriesAgain() throws Exception {
        Failing selector = new Failing();
        try (Polling polling = new Polling(Poll.open(() -> selector));
                Waker waker = Waker.create(polling.registry, 7)) {
            selector.broken.set(true);
            assertThatThrownBy(waker::wake)
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("refused");
            assertThatThrownBy(waker::wake).isExactlyInstanceOf(IOException.class);
            selector.broken.set(false);
            waker.wake();
            assertThat(selector.rings).hasValue(3);
            waker.wake();
            assertThat(selector.rings).as("it rings").hasValue(3);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }

    @Test
    void closingFreesTheSourcesAndTheSelectorAllTheSame() throws Exception {
        Failing selector = new Failing();
        int counter = Kernel.eventFd();
        Kernel.add(counter, 1);
        FdSource source = FdSource.of(counter);
        Poll poll = Poll.open(() -> selector);
        poll.registry().register(source, 7, Interest.READABLE);
        selector.broken.set(true);
        assertThatThrownBy(poll::close).isInstanceOf(UncheckedIOException.class).hasMessageContaining("refused");
        assertThat(selector.closed).hasValue(1);
        assertThat(poll.isOpen()).isFalse();
        try (Polling other = Kind.EPOLL.open()) {
            other.registry.register(source, 8, Interest.READABLE);
            assertThat(other.next(8)).isEqualTo(Seen.READABLE);
        }
        Kernel.close(counter);
    }

    /** A bell of its own, eventfd or pipe, cannot be refused: a write that fails finds it ringing. */
    @EveryKind
    void onlyAKqueueMayRefuse(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 7)) {
            try (FaultPlan plan = FaultPlan.failing(kind.ring(), Errno.ENOMEM, 1)) {
                if (kind.ring().equals("kevent")) {
                    assertThatThrownBy(waker::wake).hasMessageContaining("kevent: errno=ENOMEM");
                } else {
                    waker.wake();
                }
                assertThat(plan.wasMet()).isTrue();
            }
            waker.wake();
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }
}
