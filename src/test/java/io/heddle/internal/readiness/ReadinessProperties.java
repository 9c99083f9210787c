package io.heddle.internal.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** Random sequences of all that can happen to a {@link Readiness}, against one word, a flag and a deadline. */
class ReadinessProperties {
    enum Step {
        /** The waiter, if it is not waiting. */
        PUBLISH,
        PUBLISH_TIMED,
        CLEAR,
        /** Another thread in the same direction, which is a defect of its caller. */
        PUBLISH_STRANGER,
        WITHDRAW_STRANGER,
        /** The waiter, at any time. */
        WITHDRAW,
        /** Others. */
        READY,
        WAKE,
        HALT,
        UNPARK_FROM_OUTSIDE
    }

    private enum Word {
        IDLE,
        WAITING,
        READY
    }

    @Property
    void behavesAsItsPictureWithAnyDeadline(@ForAll @Size(max = 60) List<Step> steps, @ForAll long deadlineNanos) {
        Model model = new Model(deadlineNanos);
        for (Step step : steps) {
            model.step(step);
            model.check();
        }
    }

    private static final class Model {
        private final Readiness readiness = new Readiness();
        private final Thread waiter = Thread.ofVirtual().unstarted(() -> {});
        private final Thread stranger = Thread.ofVirtual().unstarted(() -> {});
        private final long later;
        private Word word = Word.IDLE;
        private boolean halted;
        private @Nullable Long deadlineNanos;

        Model(long later) {
            this.later = later;
        }

        void step(Step step) {
            switch (step) {
                case PUBLISH -> publish(null);
                case PUBLISH_TIMED -> publish(later);
                case PUBLISH_STRANGER -> {
                    if (word == Word.WAITING) {
                        // Its deadline would be the waiter's, so the same.
                        boolean timed = deadlineNanos != null;
                        assertThatThrownBy(() -> readiness.publish(stranger, timed, timed ? later : 0))
                                .isInstanceOf(AssertionError.class);
                    }
                }
                case WITHDRAW_STRANGER -> readiness.withdraw(stranger);
                case CLEAR -> {
                    readiness.clear();
                    word = word == Word.READY ? Word.IDLE : word;
                }
                case WITHDRAW -> {
                    readiness.withdraw(waiter);
                    word = word == Word.WAITING ? Word.IDLE : word;
                }
                case READY -> {
                    readiness.ready();
                    word = Word.READY;
                }
                case WAKE -> {
                    readiness.wake();
                    word = word == Word.WAITING ? Word.IDLE : word;
                }
                case HALT -> {
                    readiness.halt();
                    halted = true;
                    word = word == Word.WAITING ? Word.IDLE : word;
                }
                case UNPARK_FROM_OUTSIDE -> LockSupport.unpark(waiter);
            }
        }

        private void publish(@Nullable Long atNanos) {
            if (word == Word.WAITING) {
                return;
            }
            boolean waits = readiness.publish(waiter, atNanos != null, atNanos == null ? 0 : atNanos);
            assertThat(waits).isEqualTo(word == Word.IDLE);
            deadlineNanos = atNanos;
            word = word == Word.IDLE ? Word.WAITING : Word.IDLE;
        }

        void check() {
            assertThat(readiness.isWaiting(waiter)).isEqualTo(word == Word.WAITING);
            assertThat(readiness.isWaiting(stranger)).isFalse();
            assertThat(readiness.hasWaiter()).isEqualTo(word == Word.WAITING);
            assertThat(readiness.isHalted()).isEqualTo(halted);
            boolean timed = word == Word.WAITING && deadlineNanos != null;
            assertThat(readiness.hasTimedWaiter()).isEqualTo(timed);
            if (timed) {
                assertThat(readiness.deadlineNanos()).isEqualTo(deadlineNanos);
            }
            String shown = switch (word) {
                case IDLE -> "idle";
                case WAITING -> "waiting=" + waiter;
                case READY -> "ready";
            };
            assertThat(readiness).hasToString(shown + (halted ? ", halted" : ""));
        }
    }
}
