package io.heddle.poll.net;

import java.io.IOException;

/** A call of one's own on a descriptor of this package, for what its classes do not have. */
@FunctionalInterface
public interface FdOperation {
    /**
     * Makes one non-blocking call.
     *
     * @param fd the descriptor, which stays open until this returns
     * @return a count, or {@link WouldBlock#WOULD_BLOCK} where the kernel says EAGAIN
     * @throws IOException if the call fails
     */
    int run(int fd) throws IOException;
}
