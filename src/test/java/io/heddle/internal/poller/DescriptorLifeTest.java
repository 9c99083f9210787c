package io.heddle.internal.poller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** {@link DescriptorLife}: each transition, random sequences against a model, and real threads. */
class DescriptorLifeTest {
    private static final int USERS_MAX = Integer.MAX_VALUE;

    @Test
    void anOpenDescriptorAdmitsUsersAndIsNeverClosedByThem() {
        DescriptorLife life = new DescriptorLife();

        assertThat(life.acquire()).isTrue();
        assertThat(life.acquire()).isTrue();
        assertThat(life.release()).isFalse();
        assertThat(life.release()).isFalse();
        assertThat(life.isOpen()).isTrue();
    }

    @Test
    void nobodyIsAdmittedOnceClosingHasBegun() {
        DescriptorLife life = new DescriptorLife();

        assertThat(life.beginClose()).isTrue();
        assertThat(life.acquire()).isFalse();
        assertThat(life.isOpen()).isFalse();
    }

    @Test
    void aNumberCanBeTakenWhileNobodyUsesIt() {
        DescriptorLife life = new DescriptorLife();
        assertThat(life.acquire()).isTrue();
        assertThat(life.closeUnused()).isFalse();
        assertThat(life.isOpen()).isTrue();
        assertThat(life.release()).isFalse();

        assertThat(life.closeUnused()).isTrue();
        assertThat(life.closeUnused()).isFalse();
        assertThat(life.isOpen()).isFalse();
        assertThat(life.acquire()).isFalse();
        assertThat(life.beginClose()).isFalse();
    }

    @Test
    void onlyOneCallerBeginsToClose() {
        DescriptorLife life = new DescriptorLife();

        assertThat(life.beginClose()).isTrue();
        assertThat(life.beginClose()).isFalse();
        assertThat(life.release()).isTrue();
        assertThat(life.beginClose()).isFalse();
    }

    @Test
    void theCloserClosesANumberThatNobodyUses() {
        DescriptorLife life = new DescriptorLife();

        assertThat(life.beginClose()).isTrue();
        assertThat(life.release()).isTrue();
    }

    @Test
    void theLastUserClosesANumberThatIsStillUsed() {
        DescriptorLife life = new DescriptorLife();
        assertThat(life.acquire()).isTrue();
        assertThat(life.acquire()).isTrue();

        assertThat(life.beginClose()).isTrue();
        assertThat(life.release()).isFalse();
        assertThat(life.release()).isFalse();
        assertThat(life.release()).isTrue();
    }

    @Test
    void aClosedDescriptorStaysClosed() {
        DescriptorLife life = new DescriptorLife();
        assertThat(life.beginClose()).isTrue();
        assertThat(life.release()).isTrue();

        assertThat(life.acquire()).isFalse();
        assertThat(life.isOpen()).isFalse();
        assertThat(life).hasToString("DescriptorLife[users=0, closing=true]");
    }

    @Test
    void oneUserTooManyIsRefusedAndChangesNothing() {
        DescriptorLife life = new DescriptorLife(USERS_MAX);

        assertThatThrownBy(life::acquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("too many users: users=2147483647, closing=false");
        assertThatThrownBy(life::beginClose)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("too many users: users=2147483647, closing=false");
        assertThat(life).hasToString("DescriptorLife[users=2147483647, closing=false]");
    }

    @Test
    void theLastPlaceCanBeTakenByAUserOrByTheCloser() {
        DescriptorLife used = new DescriptorLife(USERS_MAX - 1);
        assertThat(used.acquire()).isTrue();
        assertThat(used.release()).isFalse();

        DescriptorLife closed = new DescriptorLife(USERS_MAX - 1);
        assertThat(closed.beginClose()).isTrue();
        assertThat(closed).hasToString("DescriptorLife[users=2147483647, closing=true]");
        assertThat(closed.release()).isFalse();
    }

    @Test
    void aReleaseWithoutAnAcquireIsADefect() {
        assertThatThrownBy(new DescriptorLife()::release)
                .isInstanceOf(AssertionError.class)
                .hasMessage("release without acquire: users=0, closing=false");
    }

    enum Step {
        ACQUIRE,
        RELEASE,
        BEGIN_CLOSE
    }

    /** All counts that fit, those at both ends above all. */
    @Provide
    Arbitrary<Integer> users() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(0, 3),
                Arbitraries.integers().between(USERS_MAX - 3, USERS_MAX),
                Arbitraries.integers().between(0, USERS_MAX));
    }

    @Property
    void behavesAsACountAndAFlagOverItsWholeRange(
            @ForAll("users") int begin, @ForAll @Size(max = 60) List<Step> steps) {
        DescriptorLife life = new DescriptorLife(begin);
        long users = begin;
        boolean closing = false;
        int closed = 0;
        for (Step step : steps) {
            String before = life.toString();
            boolean full = users == USERS_MAX && !closing;
            switch (step) {
                case ACQUIRE -> {
                    if (full) {
                        assertThatThrownBy(life::acquire).isInstanceOf(IllegalStateException.class);
                        assertThat(life).hasToString(before);
                    } else {
                        assertThat(life.acquire()).isEqualTo(!closing);
                        users += closing ? 0 : 1;
                    }
                }
                case BEGIN_CLOSE -> {
                    if (full) {
                        assertThatThrownBy(life::beginClose).isInstanceOf(IllegalStateException.class);
                        assertThat(life).hasToString(before);
                    } else {
                        assertThat(life.beginClose()).isEqualTo(!closing);
                        users += closing ? 0 : 1;
                        closing = true;
                    }
                }
                case RELEASE -> {
                    if (users == 0) {
                        assertThatThrownBy(life::release).isInstanceOf(AssertionError.class);
                        assertThat(life).hasToString(before);
                    } else {
                        users--;
                        boolean last = life.release();
                        assertThat(last).isEqualTo(closing && users == 0);
                        closed += last ? 1 : 0;
                    }
                }
            }
            assertThat(life.isOpen()).isEqualTo(!closing);
            assertThat(life).hasToString("DescriptorLife[users=" + users + ", closing=" + closing + "]");
        }
        assertThat(closed).isEqualTo(closing && users == 0 ? 1 : 0);
    }

    /** Method: the number is a counter that whoever closes it takes away; no user may find it gone. */
    @Test
    void noUserEverSeesAClosedNumberAndOneThreadClosesIt() throws Exception {
        for (int round = 0; round < 300; round++) {
            DescriptorLife life = new DescriptorLife();
            AtomicInteger closed = new AtomicInteger();
            AtomicInteger closers = new AtomicInteger();
            LongAdder usedAfterClose = new LongAdder();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    awaitStart(start);
                    for (int use = 0; use < 50 && life.acquire(); use++) {
                        usedAfterClose.add(closed.get());
                        closed.addAndGet(life.release() ? 1 : 0);
                    }
                }));
            }
            for (int i = 0; i < 2; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    awaitStart(start);
                    if (life.beginClose()) {
                        closers.incrementAndGet();
                        usedAfterClose.add(closed.get());
                        closed.addAndGet(life.release() ? 1 : 0);
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(closers).hasValue(1);
            assertThat(closed).hasValue(1);
            assertThat(usedAfterClose.sum()).isZero();
        }
    }

    private static void awaitStart(CountDownLatch start) {
        try {
            start.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts these threads", e);
        }
    }
}
