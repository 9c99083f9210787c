/**
 * The readiness API: one thread waits for many sources at once, and is told which of them are ready. What mio is for
 * Rust; for those who write event loops.
 *
 * <p>A {@link io.heddle.poll.Poll} waits for the {@link io.heddle.poll.Source}s that are registered with its
 * {@link io.heddle.poll.Registry}, each under a token and for an {@link io.heddle.poll.Interest}, and fills
 * {@link io.heddle.poll.Events}. A {@link io.heddle.poll.Waker} ends the wait from another thread.
 *
 * {@snippet file="io/heddle/poll/PollExamples.java" region="loop"}
 *
 * <h2>What holds on every system</h2>
 *
 * <ul>
 *   <li>An event is a hint: the operation may find that it would block all the same.
 *   <li>After an event of a source that is registered for edges, repeat the operation until it would block. Before
 *       that, there is no promise of another event, whatever comes.
 *   <li>What ends or fails is always an event for whoever asked for readable. Which of the flags it has depends on the
 *       system and on the kind of source: it may be readable only, or say only that it is closed.
 *   <li>Events of one poll are in no order, and readable and writable of one source may be one event or two.
 *   <li>Operations that would block have to be told to the source where the system knows no edges:
 *       {@link io.heddle.poll.FdSource#wouldBlock}. The types of {@code io.heddle.poll.net} do so themselves.
 * </ul>
 */
@NullMarked
package io.heddle.poll;

import org.jspecify.annotations.NullMarked;
