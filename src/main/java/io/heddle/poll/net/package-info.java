/**
 * Sockets and pipes that never wait, to be registered with a {@link io.heddle.poll.Poll}.
 *
 * <p>An operation does what can be done now. What would have to wait answers
 * {@link io.heddle.poll.net.WouldBlock#WOULD_BLOCK}, or null where it answers an object; then the next event of the
 * source tells when to try again. With edges, which are the default, an operation has to be repeated until it says so:
 * an event tells of a change and not of a state, and may come for nothing.
 *
 * {@snippet file="io/heddle/poll/net/NetExamples.java" region="echo"}
 *
 * <p>Each descriptor is non-blocking and close-on-exec from its beginning, is closed once and never used afterwards.
 * Closing deregisters. A call on what is closed is an {@link java.io.IOException} that says so.
 *
 * <h2>Over channels</h2>
 *
 * <p>Where there are no native calls, and while {@code -Dheddle.selector=jdk} is set, what is opened are channels of
 * {@code java.nio}, for {@link io.heddle.poll.Selectors#JDK}. These have no number to tell. What such a channel cannot
 * do is an {@link java.lang.UnsupportedOperationException}: to take a descriptor over or to pass one, credentials of a
 * peer, abstract names, pairs of Unix sockets, Unix datagrams, several datagrams in one call, peeking, an empty
 * datagram to a peer, the hops of unicast packets. Events say readable and writable and no more; an error of a UDP
 * socket is told by its next call; what was sent before {@code shutdownInput} is not read after it; bytes are copied
 * once more.
 */
@NullMarked
package io.heddle.poll.net;

import org.jspecify.annotations.NullMarked;
