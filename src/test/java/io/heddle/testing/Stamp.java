package io.heddle.testing;

import java.nio.ByteBuffer;

/**
 * The bytes of one direction of one connection: blocks of 64, each of which begins with the connection's number and its
 * own place, so that a byte on the wrong connection, in the wrong direction or at the wrong place shows, and whose it
 * was.
 */
public record Stamp(long id, boolean answer) {
    /** How many bytes a block has. */
    public static final int BLOCK = 64;

    /** How many bytes tell the number. */
    public static final int ID_BYTES = Long.BYTES;

    /** The stream that answers this one. */
    public Stamp answered() {
        return new Stamp(id, true);
    }

    /** The number of the connection whose first bytes these are. */
    public static long idOf(byte[] first) {
        return ByteBuffer.wrap(first).getLong();
    }

    /** Writes the bytes from a place on. */
    public void fill(byte[] dst, int off, int len, long place) {
        for (int i = 0; i < len; i++) {
            dst[off + i] = at(place + i);
        }
    }

    /** The byte at a place: eight of the number, seven of the block's, one of the direction, the rest mixed of all. */
    public byte at(long place) {
        long block = place / BLOCK;
        int column = (int) (place % BLOCK);
        if (column < ID_BYTES) {
            return (byte) (id >>> (56 - 8 * column));
        }
        if (column < 15) {
            return (byte) (block >>> (48 - 8 * (column - 8)));
        }
        if (column == 15) {
            return (byte) (answer ? 'A' : 'Q');
        }
        return (byte) ((id * 31 + block * 17 + column * 7L) >>> (column % 8));
    }

    /** Fails unless these are the bytes from a place on. */
    public void check(byte[] bytes, int off, int len, long place) {
        for (int i = 0; i < len; i++) {
            if (bytes[off + i] != at(place + i)) {
                throw new WrongByte(this, place + i, bytes, off, len, off + i);
            }
        }
    }

    /** A byte that this connection was not sent. */
    public static final class WrongByte extends AssertionError {
        private static final long serialVersionUID = 1;

        WrongByte(Stamp stamp, long place, byte[] bytes, int off, int len, int at) {
            super("wrong byte: stamp=" + stamp + ", place=" + place + ", expected=" + stamp.at(place) + ", byte="
                    + bytes[at] + ", around=" + around(bytes, off, len, at));
        }

        private static String around(byte[] bytes, int off, int len, int at) {
            StringBuilder text = new StringBuilder();
            for (int i = Math.max(off, at - BLOCK); i < Math.min(off + len, at + BLOCK); i++) {
                text.append(i == at ? "|" : "").append("%02x".formatted(bytes[i]));
            }
            return text.toString();
        }
    }
}
