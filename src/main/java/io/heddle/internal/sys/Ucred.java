package io.heddle.internal.sys;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct ucred}, unix(7): who is at the other end of a Unix socket.
 *
 * <pre>
 *   0       4       8       12
 *   +-------+-------+-------+
 *   |  pid  |  uid  |  gid  |
 *   +-------+-------+-------+
 * </pre>
 *
 * @param pid the process that called connect, listen or socketpair
 * @param uid its effective user, unsigned
 * @param gid its effective group, unsigned
 */
public record Ucred(int pid, int uid, int gid) {
    private static final int SIZE = 12;

    /** getsockopt(SO_PEERCRED); {@code peer[0]} takes the answer. Zero, or the negated errno. */
    public static int ofPeer(int fd, @Nullable Ucred[] peer) {
        try (Scratch s = Scratch.take()) {
            int r = Socket.getOption(s, fd, SockOpt.SOL_SOCKET, SockOpt.SO_PEERCRED, SIZE);
            if (r >= 0) {
                peer[0] = new Ucred(
                        s.memory().getInt(0), s.memory().getInt(4), s.memory().getInt(8));
            }
            return r;
        }
    }
}
