package io.heddle.compare;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Over the rounds of one server. NaN where nothing was measured. */
record Statistics(double median, double min, double max, double[] values) {
    static <T> Statistics of(List<T> rows, ToDoubleFunction<T> value) {
        double[] values =
                rows.stream().mapToDouble(value).filter(v -> !Double.isNaN(v)).toArray();
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        if (n == 0) {
            return new Statistics(Double.NaN, Double.NaN, Double.NaN, values);
        }
        double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        return new Statistics(median, sorted[0], sorted[n - 1], values);
    }

    boolean isMeasured() {
        return values.length > 0;
    }
}
