package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;

/**
 * Where recv and send of one direction leave their errno. Made once for each direction, as a segment made for each call
 * is garbage wherever the compiler does not see through it.
 */
public final class ErrnoCell {
    final int[] value = new int[1];
    final MemorySegment segment = MemorySegment.ofArray(value);
}
