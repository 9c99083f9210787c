/** Blocking sockets for virtual threads, and the readiness API that they are built like. */
module io.heddle {
    requires static transitive org.jspecify;
    requires jdk.net;
    // What there is to see of them, where they are.
    requires static java.management;
    requires static jdk.jfr;

    exports io.heddle;
    exports io.heddle.javanet;
    exports io.heddle.poll;
    exports io.heddle.poll.net;
    exports io.heddle.poll.loop;
    exports io.heddle.poll.spi;
}
