package io.heddle.programs;

import io.heddle.testing.Caller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** Bytes to send, and a digest of those that were sent or have come back. {@code -Pprograms} sends many. */
final class Load {
    private static final long MIB = 1024 * 1024;
    private static final boolean FULL = Boolean.getBoolean("programs.full");

    private Load() {}

    /** Bytes to send in the full run, and in every other. */
    static long mebibytes(int full, int otherwise) {
        return (FULL ? full : otherwise) * MIB;
    }

    /** The same, but on Heddle's own threads every run sends what the full one does. */
    static long mebibytes(Sockets sockets, Caller caller, int full, int otherwise) {
        boolean always = sockets == Sockets.HEDDLE && caller == Caller.HEDDLE_THREAD;
        return mebibytes(full, always ? full : otherwise);
    }

    /** Whether this is the full run. */
    static boolean isFull() {
        return FULL;
    }

    /** So many bytes of a seed: lines of 64 letters, as text protocols want them. */
    static InputStream lines(long seed, long bytes) {
        return new Lines(seed, bytes);
    }

    /** The digest of {@link #lines}. */
    static String digestOfLines(long seed, long bytes) throws IOException {
        Digest digest = new Digest();
        long n = lines(seed, bytes).transferTo(digest);
        assert n == bytes : "n=" + n + ", bytes=" + bytes;
        return digest.hex();
    }

    private static final class Lines extends InputStream {
        private static final int LINE = 64;

        private final SplittableRandom random;
        private final byte[] block = new byte[1024 * LINE];
        private int position = block.length;
        private long left;

        Lines(long seed, long bytes) {
            random = new SplittableRandom(seed);
            left = bytes;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] dst, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            if (position == block.length) {
                fill();
            }
            int n = (int) Math.min(left, Math.min(length, block.length - position));
            System.arraycopy(block, position, dst, offset, n);
            position += n;
            left -= n;
            return n;
        }

        private void fill() {
            for (int i = 0; i < block.length; i++) {
                block[i] = (byte) ('a' + (random.nextInt() & 15));
            }
            for (int i = LINE - 1; i < block.length; i += LINE) {
                block[i] = '\n';
            }
            position = 0;
        }
    }

    /** Counts and digests what is written to it. */
    static final class Digest extends OutputStream {
        private final MessageDigest digest;
        private long bytes;

        Digest() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void write(int b) {
            digest.update((byte) b);
            bytes++;
        }

        @Override
        public void write(byte[] src, int offset, int length) {
            digest.update(src, offset, length);
            bytes += length;
        }

        long bytes() {
            return bytes;
        }

        /** Once. */
        String hex() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }
}
