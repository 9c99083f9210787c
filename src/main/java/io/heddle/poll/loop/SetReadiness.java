package io.heddle.poll.loop;

import io.heddle.poll.Interest;
import java.util.Optional;

/**
 * Says what a {@link Registration} is ready for. Any thread may, at any time, registered or not; what is said when it
 * is closed counts for nothing.
 */
public final class SetReadiness {
    private final Registration registration;

    SetReadiness(Registration registration) {
        this.registration = registration;
    }

    /**
     * Makes it ready, in place of what was set before. If it is registered for any of that, a poll reports it: one that
     * waits now, or the next. What this thread has done before can be seen by the one that has the event.
     *
     * @param ready for what; its trigger counts for nothing
     */
    public void set(Interest ready) {
        registration.set(ready);
    }

    /** Makes it ready for nothing. What no poll has reported yet is not reported. */
    public void clear() {
        registration.clear();
    }

    /** {@return what it is ready for; empty for nothing} */
    public Optional<Interest> readiness() {
        return registration.get();
    }

    /** Names what it is ready for. */
    @Override
    public String toString() {
        return "SetReadiness[" + registration + "]";
    }
}
