package io.heddle.compare;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Draws charts as SVG elements; colours of text and lines come from the page. */
final class Svg {
    private static final int WIDTH = 560;
    private static final int LABELS = 158;
    private static final int NUMBERS = 66;
    private static final int ROW = 26;

    private static final int CURVE_HEIGHT = 300;
    private static final int CURVE_LEFT = 58;
    private static final int CURVE_RIGHT = 12;
    private static final int CURVE_TOP = 12;
    private static final int CURVE_BOTTOM = 40;
    /** Where the longest answer is drawn: most of a decade after 99.99 %. */
    private static final double NINES_OF_MAX = 4.8;

    private static final double[] TICKS = {50, 90, 99, 99.9, 99.99, 100};

    private Svg() {}

    /** One server's bar: as long as the median, with a line from the least to the most and a dot for each round. */
    record Bar(String name, String colour, Statistics statistics) {}

    /** One server's curve, a latency for each percentile. */
    record Line(String name, String colour, boolean dashed, double[] micros) {}

    static String bars(String title, List<Bar> bars) {
        double max =
                bars.stream().mapToDouble(bar -> bar.statistics().max()).max().orElse(1);
        double scale = (WIDTH - LABELS - NUMBERS) / (max > 0 ? max : 1);
        StringBuilder svg = new StringBuilder();
        open(svg, title, bars.size() * ROW + 8);
        for (int i = 0; i < bars.size(); i++) {
            bar(svg, bars.get(i), 4 + i * ROW, scale);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, Bar bar, int y, double scale) {
        Statistics statistics = bar.statistics();
        double middle = y + ROW / 2.0;
        text(svg, LABELS - 8, middle + 4, "end", bar.name());
        add(
                svg,
                "<rect x='%d' y='%d' width='%.1f' height='%d' rx='2' fill='%s'/>",
                LABELS,
                y + 4,
                statistics.median() * scale,
                ROW - 8,
                bar.colour());
        double from = LABELS + statistics.min() * scale;
        double to = LABELS + statistics.max() * scale;
        add(svg, "<path class='spread' d='M%.1f %.1fH%.1f'/>", from, middle, to);
        for (double end : new double[] {from, to}) {
            add(svg, "<path class='spread' d='M%.1f %.1fv8'/>", end, middle - 4);
        }
        for (double value : statistics.values()) {
            add(svg, "<circle class='round' cx='%.1f' cy='%.1f' r='2.2'/>", LABELS + value * scale, middle);
        }
        text(svg, to + 6, middle + 4, "start", Format.number(statistics.median()));
    }

    static String curves(String title, double[] percentiles, List<Line> lines) {
        double min = values(lines).min().orElse(1);
        double max = values(lines).max().orElse(10);
        double bottom = Math.floor(Math.log10(min));
        double top = Math.max(bottom + 1, Math.ceil(Math.log10(max)));
        StringBuilder svg = new StringBuilder();
        open(svg, title, CURVE_HEIGHT);
        for (double decade = bottom; decade <= top; decade++) {
            double y = y(Math.pow(10, decade), bottom, top);
            add(svg, "<path class='grid' d='M%d %.1fH%d'/>", CURVE_LEFT, y, WIDTH - CURVE_RIGHT);
            text(svg, CURVE_LEFT - 6, y + 4, "end", Format.micros(Math.pow(10, decade)));
        }
        for (double tick : TICKS) {
            add(svg, "<path class='grid' d='M%.1f %dV%d'/>", x(tick), CURVE_TOP, CURVE_HEIGHT - CURVE_BOTTOM);
            String label = tick == 100 ? "max" : Format.percentile(tick);
            text(svg, x(tick), CURVE_HEIGHT - CURVE_BOTTOM + 18, tick == 100 ? "end" : "middle", label);
        }
        lines.forEach(line -> curve(svg, percentiles, line, bottom, top));
        return svg.append("</svg>\n").toString();
    }

    private static DoubleStream values(List<Line> lines) {
        return lines.stream()
                .flatMapToDouble(line -> DoubleStream.of(line.micros()))
                .filter(v -> v > 0);
    }

    private static void curve(StringBuilder svg, double[] percentiles, Line line, double bottom, double top) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < percentiles.length; i++) {
            double micros = Math.max(line.micros()[i], Math.pow(10, bottom));
            add(path, "%s%.1f %.1f", i == 0 ? "M" : "L", x(percentiles[i]), y(micros, bottom, top));
        }
        String dash = line.dashed() ? " stroke-dasharray='5 4'" : "";
        add(svg, "<path class='curve' stroke='%s'%s d='%s'><title>", line.colour(), dash, path);
        svg.append(Format.html(line.name())).append("</title></path>\n");
    }

    private static double x(double percentile) {
        double nines = percentile == 100 ? NINES_OF_MAX : -Math.log10(1 - percentile / 100);
        return CURVE_LEFT + nines / NINES_OF_MAX * (WIDTH - CURVE_LEFT - CURVE_RIGHT);
    }

    private static double y(double micros, double bottom, double top) {
        double share = (Math.log10(micros) - bottom) / (top - bottom);
        return CURVE_HEIGHT - CURVE_BOTTOM - share * (CURVE_HEIGHT - CURVE_BOTTOM - CURVE_TOP);
    }

    private static void open(StringBuilder svg, String title, int height) {
        add(svg, "<svg role='img' viewBox='0 0 %d %d' aria-label='%s'>%n", WIDTH, height, Format.html(title));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        add(svg, "<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>%n", x, y, anchor, Format.html(text));
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
