package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;

/**
 * recv or send, as {@link Linking} has linked it. A record, whose components are constants for the compiler, unlike
 * {@link Downcall}: it compiles these two into their callers, and so drops the segment of each caller's array.
 *
 * @param name its name in C
 */
record Transfer(String name, MethodHandle handle) {}
