package io.heddle.compare;

import java.util.Locale;

/** Numbers and texts for people. */
final class Format {
    private Format() {}

    /** Three digits that count, thousands apart; a dash where nothing was measured. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }

    /** A time given in microseconds, in the unit that suits it. */
    static String micros(double micros) {
        if (Double.isNaN(micros)) {
            return "–";
        }
        if (micros >= 1e6) {
            return shortest(micros / 1e6) + " s";
        }
        return micros >= 1e3 ? shortest(micros / 1e3) + " ms" : shortest(micros) + " µs";
    }

    static String percentile(double percentile) {
        return (percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile))
                + " %";
    }

    static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;");
    }

    private static String shortest(double value) {
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
