package io.heddle.internal.sys;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells whether this machine and this process let the native door be opened. */
public final class NativeAccess {
    static final String DENIED = "Heddle calls the kernel and needs native access: start java with"
            + " --enable-native-access=io.heddle (module path) or --enable-native-access=ALL-UNNAMED (class path)";

    /** Whether this is macOS or a BSD: what of this package is called there has to mind that some numbers differ. */
    static final boolean BSD = isBsd(System.getProperty("os.name"));

    private NativeAccess() {}

    static boolean isBsd(String os) {
        return switch (os) {
            case "Mac OS X", "FreeBSD", "OpenBSD", "NetBSD" -> true;
            default -> false;
        };
    }

    /** Returns null where Heddle can run, else one sentence that names what is missing. */
    public static @Nullable String missing() {
        String os = System.getProperty("os.name");
        String arch = System.getProperty("os.arch");
        if (!os.equals("Linux")) {
            return "Heddle runs on Linux: os.name=" + os;
        }
        if (!arch.equals("amd64") && !arch.equals("aarch64")) {
            return "Heddle runs on x86-64 and aarch64: os.arch=" + arch.toLowerCase(Locale.ROOT);
        }
        return null;
    }

    /**
     * Links the first function, which loads most of what linking needs.
     *
     * @throws IllegalStateException with the flag to give, where native access is denied
     */
    public static void ensure() {
        // Not in a class initialiser, which would wrap the exception, and report another one the second time.
        Downcall close = Linking.plain("close");
        assert close != null;
    }

    /** Links what runs on carriers, so that no virtual thread does it. Optional: the first call would do it, too. */
    public static void preload() {
        Fd.load();
        Socket.load();
        Epoll.load();
        EventFd.load();
    }
}
