package io.heddle.internal.carrier;

/** Where a thread that must live on says what it met. */
final class Reports {
    private Reports() {}

    /** Logs; never throws, not even when memory is out. */
    static void thrown(String where, Throwable thrown) {
        try {
            System.getLogger("io.heddle").log(System.Logger.Level.ERROR, "Heddle: " + where + " threw", thrown);
        } catch (Throwable t) {
            // A logger that fails, or memory that is out. The caller serves others, and there is no other ear.
            assert t != thrown;
        }
    }
}
