package io.heddle.poll.loop;

import io.heddle.poll.Interest;
import io.heddle.poll.UserSource;
import java.util.Optional;

/**
 * A source that the program makes ready: this is registered, and its {@link SetReadiness} says what it is ready for.
 * For queues, results of other threads, and whatever else has no descriptor.
 *
 * {@snippet file="io/heddle/poll/loop/LoopExamples.java" region="readiness"}
 *
 * <p>It may be part of another source, which is registered as a whole.
 */
public final class Registration extends UserSource {
    private final SetReadiness setReadiness = new SetReadiness(this);

    private Registration() {}

    /** {@return a source that is ready for nothing, and registered nowhere} */
    public static Registration create() {
        return new Registration();
    }

    /** {@return what makes this ready; always the same} */
    public SetReadiness setReadiness() {
        return setReadiness;
    }

    void set(Interest ready) {
        setReadiness(ready);
    }

    void clear() {
        clearReadiness();
    }

    Optional<Interest> get() {
        return readiness();
    }
}
