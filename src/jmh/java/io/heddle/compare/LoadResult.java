package io.heddle.compare;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * What a load saw.
 *
 * @param latencyMicros at {@link #PERCENTILES}
 */
record LoadResult(long requests, long errors, double seconds, double[] latencyMicros) {
    /** 100 is the longest. */
    static final double[] PERCENTILES = {10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100};

    double perSecond() {
        return requests / seconds;
    }

    /** The latency that so many percent of the answers did not exceed. */
    double micros(double percentile) {
        int index = Arrays.binarySearch(PERCENTILES, percentile);
        if (index < 0) {
            throw new IllegalArgumentException("a percentile must be one of those kept: percentile=" + percentile);
        }
        return latencyMicros[index];
    }

    /** One line, for {@link #parse}. */
    String format() {
        StringJoiner line = new StringJoiner(" ");
        line.add(Long.toString(requests)).add(Long.toString(errors)).add(Double.toString(seconds));
        for (double micros : latencyMicros) {
            line.add(Double.toString(micros));
        }
        return line.toString();
    }

    static LoadResult parse(String line) {
        String[] fields = line.strip().split(" ");
        if (fields.length != 3 + PERCENTILES.length) {
            throw new IllegalArgumentException("a result must have a number for each percentile: " + line);
        }
        double[] latencies = new double[PERCENTILES.length];
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = Double.parseDouble(fields[3 + i]);
        }
        return new LoadResult(
                Long.parseLong(fields[0]), Long.parseLong(fields[1]), Double.parseDouble(fields[2]), latencies);
    }
}
