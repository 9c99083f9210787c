package io.heddle.compare;

/** stub. */
final class HtmlReport {
    private HtmlReport() {}

    static String html(Results results) {
        return "<!doctype html>" + results.groups();
    }
}
