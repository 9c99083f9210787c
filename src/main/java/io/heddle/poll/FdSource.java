package io.heddle.poll;

import io.heddle.poll.spi.Pollable;

/**
 * A descriptor as a source, whatever it is: an eventfd, timerfd, signalfd, inotify or pidfd, a terminal, a pipe, a
 * socket. It stays its owner's: this neither reads, nor writes, nor closes it, nor makes it non-blocking.
 *
 * <p>Deregister it before the descriptor is closed; {@link #deregisterIfRegistered} is made for that. Some systems
 * forget a closed descriptor by themselves, others do not, and no system does while a duplicate of it is open.
 *
 * <p>Regular files and directories are always ready; epoll refuses them.
 */
public final class FdSource extends IoSource {
    private FdSource(Pollable pollable) {
        super(pollable);
    }

    /**
     * Names a descriptor.
     *
     * @param fd its number
     * @return a source that is not registered
     * @throws IllegalArgumentException if the number is negative
     */
    public static FdSource of(int fd) {
        return new FdSource(Pollable.of(fd));
    }

    /** {@return the descriptor's number} */
    public int fd() {
        return pollable.fd();
    }
}
