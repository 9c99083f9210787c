/**
 * An event loop over {@link io.heddle.poll.Poll}, with timeouts, messages from other threads, and sources that the
 * program makes ready: what mio had up to version 0.6.
 *
 * <p>An {@link io.heddle.poll.loop.EventLoop} calls a {@link io.heddle.poll.loop.Handler}, always on the one thread
 * that runs it, so that a handler needs no locks. Everything but the loop itself can be used with a {@code Poll} of
 * one's own: {@link io.heddle.poll.loop.Timers} and {@link io.heddle.poll.loop.Registration}.
 *
 * {@snippet file="io/heddle/poll/loop/LoopExamples.java" region="handler"}
 */
@NullMarked
package io.heddle.poll.loop;

import org.jspecify.annotations.NullMarked;
