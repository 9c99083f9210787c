package io.heddle.internal.carrier;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sets of carriers for tests that serve a carrier themselves. */
final class ScriptedCarriers {
    private static final Carriers.Limits LIMITS = new Carriers.Limits(4, 1_000_000_000L);

    private ScriptedCarriers() {}

    /** A set with a monitor and no carrier. */
    static Carriers none() {
        try {
            return new Carriers(0, Bell::new, LIMITS, () -> {
                throw new AssertionError("nothing lives on");
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
