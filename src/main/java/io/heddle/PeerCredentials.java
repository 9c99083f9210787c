package io.heddle;

/**
 * Who is at the other end of a {@link UnixSocket}, as the kernel vouches for it; see SO_PEERCRED in unix(7).
 *
 * @param pid the process that called connect, bound the listener, or made the pair; 0 if it is in another namespace
 * @param uid its effective user then
 * @param gid its effective group then
 */
public record PeerCredentials(long pid, long uid, long gid) {}
