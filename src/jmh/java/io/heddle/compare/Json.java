package io.heddle.compare;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes maps, collections, records, texts and numbers as JSON; see RFC 8259. An element of a list has a line. */
final class Json {
    private Json() {}

    static String write(Object value) {
        return text(value) + "\n";
    }

    private static String text(Object value) {
        return switch (value) {
            case null -> "null";
            case Double number -> Double.isFinite(number) ? number(number) : "null";
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case double[] numbers ->
                Arrays.stream(numbers).mapToObj(Json::text).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(e -> quoted(e.getKey().toString()) + ": " + text(e.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case Collection<?> items ->
                items.isEmpty()
                        ? "[]"
                        : items.stream().map(Json::text).collect(Collectors.joining(",\n  ", "[\n  ", "\n]"));
            case Record row -> text(components(row));
            default -> quoted(value.toString());
        };
    }

    /** Three decimals: microseconds to the nanosecond. */
    private static String number(double value) {
        double rounded = Math.rint(value * 1000) / 1000;
        return rounded == Math.rint(rounded) && Math.abs(rounded) < 1e15
                ? Long.toString((long) rounded)
                : Double.toString(rounded);
    }

    private static Map<String, Object> components(Record row) {
        Map<String, Object> values = new LinkedHashMap<>();
        try {
            for (RecordComponent component : row.getClass().getRecordComponents()) {
                values.put(component.getName(), component.getAccessor().invoke(row));
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("a record's accessors can be called", e);
        }
        return values;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
