package io.heddle.internal.poller;

/** How the kernel is told what to watch. The interest of a waiter is one-shot either way. */
public enum Arming {
    /** Each descriptor is registered once for everything; the kernel reports changes. No call per wait. */
    EDGE,
    /** Each wait arms the descriptor anew for what is waited for; the report disarms it. */
    ONESHOT
}
