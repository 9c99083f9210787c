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
 */
@NullMarked
package io.heddle.poll.net;

import org.jspecify.annotations.NullMarked;
