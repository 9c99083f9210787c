package io.heddle.internal.socket;

/** What a descriptor is, which decides what options it has. */
public enum SocketKind {
    /** A connected TCP socket. */
    TCP,
    /** A listening TCP socket. */
    TCP_LISTENER,
    /** A UDP socket. */
    UDP,
    /** A Unix socket that is connected, or of datagrams. */
    UNIX,
    /** A listening Unix socket. */
    UNIX_LISTENER,
    /** No socket at all. */
    NONE
}
