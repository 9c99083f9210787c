package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;

/** A C function as {@link Linking} has linked it; {@link Transfer} is what recv and send are. */
final class Downcall {
    /** Its name in C. */
    final String name;

    /*
     * Not final, so that the compiler takes it for no constant and pulls no downcall into its callers. A downcall makes
     * a slice of the segment for errno. That is garbage unless its constructor, nine calls further down, is compiled
     * along, and C2 gives up at the 15th: "inlining too deep". Called through a variable, the downcall is compiled for
     * itself and makes none, however deep its callers are.
     */
    @SuppressWarnings("FieldMayBeFinal")
    MethodHandle handle;

    Downcall(String name, MethodHandle handle) {
        this.name = name;
        this.handle = handle;
    }
}
