/** Blocking sockets for virtual threads. */
module io.heddle {
    requires static transitive org.jspecify;
    requires jdk.net;

    exports io.heddle;
}
