package io.heddle.samples;

/**
 * Counts latencies in buckets that are 3 % wide, without allocating. One thread at a time.
 *
 * <p>A value of up to 63 ns has a bucket of its own; above, each power of two has 32.
 */
final class Latencies {
    private static final int SUB_BITS = 5;
    private static final long NANOS_MAX = (1L << 36) - 1; // 68 s; what takes longer counts as that

    private final int[] counts = new int[bucket(NANOS_MAX) + 1];

    private static int bucket(long nanos) {
        int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(nanos | 1) - SUB_BITS);
        return (shift << SUB_BITS) + (int) (nanos >>> shift);
    }

    /** The largest value of a bucket. */
    private static long nanosMax(int bucket) {
        int shift = Math.max(0, (bucket >>> SUB_BITS) - 1);
        return ((bucket - ((long) shift << SUB_BITS) + 1) << shift) - 1;
    }

    void record(long nanos) {
        counts[bucket(Math.min(nanos, NANOS_MAX))]++;
    }

    void add(Latencies other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    long count() {
        long count = 0;
        for (int n : counts) {
            count += n;
        }
        return count;
    }

    /** The latency that a share of all, such as 0.99, did not pass; 0 if there are none. */
    long quantileNanos(double share) {
        long wanted = (long) Math.ceil(count() * share);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return nanosMax(i);
            }
        }
        return 0;
    }
}
