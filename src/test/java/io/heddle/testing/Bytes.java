package io.heddle.testing;

import java.io.IOException;
import java.io.InputStream;

/** Bytes that are known by their place in a stream, so that a lost, doubled or swapped one shows. */
public final class Bytes {
    private Bytes() {}

    /** The byte at a place; 251 is prime, so no power of two repeats it. */
    public static byte at(long place) {
        return (byte) (place % 251 + place / 65_521);
    }

    /** The bytes from a place on. */
    public static byte[] from(long place, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = at(place + i);
        }
        return bytes;
    }

    /** Fails unless these are the bytes from that place on. */
    public static void check(byte[] bytes, int length, long place) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != at(place + i)) {
                throw new AssertionError(
                        "wrong byte: place=" + (place + i) + ", byte=" + bytes[i] + ", expected=" + at(place + i));
            }
        }
    }

    /** Reads to the end of the stream, which must be the bytes from a place on; answers how many there were. */
    public static long checkToEnd(InputStream in, long place) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long count = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            check(buffer, n, place + count);
            count += n;
        }
        return count;
    }
}
