package io.heddle.poll.net;

/**
 * Who is at the other end of a Unix socket, as the kernel noted it when that called connect(2), listen(2) or
 * socketpair(2); SO_PEERCRED in unix(7).
 *
 * @param pid the process; it may be gone, and its number another's
 * @param uid its effective user
 * @param gid its effective group
 */
public record PeerCredentials(long pid, long uid, long gid) {}
