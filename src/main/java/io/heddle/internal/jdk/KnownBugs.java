package io.heddle.internal.jdk;

import org.jspecify.annotations.Nullable;

/** Bugs of virtual threads in JDK releases that Heddle runs on. */
public final class KnownBugs {
    private KnownBugs() {}

    /** One sentence that names the bugs of a release and the release to take, or null if none is known. */
    public static @Nullable String of(Runtime.Version version) {
        if (version.feature() != 25 || version.interim() != 0) {
            return version.feature() > 25
                    ? "Heddle is tested on JDK 25 and uses hidden members of it: java.version=" + version
                    : null;
        }
        if (version.update() < 3) {
            return "A virtual thread can stay parked for ever (JDK-8369227) or blocked for ever (JDK-8373120) on this"
                    + " JDK, take 25.0.4 or later: java.version=" + version;
        }
        if (version.update() < 4) {
            return "A virtual thread in Object.wait can stay blocked for ever (JDK-8373120) on this JDK, take 25.0.4 or"
                    + " later: java.version=" + version;
        }
        return null;
    }
}
