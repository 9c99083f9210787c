/** Blocking sockets for virtual threads. */
module io.heddle {
    requires static transitive org.jspecify;
    requires jdk.net;
    // What there is to see of them, where they are.
    requires static java.management;
    requires static jdk.jfr;

    exports io.heddle;
}
