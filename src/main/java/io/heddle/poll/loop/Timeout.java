package io.heddle.poll.loop;

/** A timeout that was set by {@link Timers#set} or {@link EventLoop#timeout}. For the thread that may set them. */
public sealed interface Timeout permits Timers.Entry {
    /**
     * Sees to it that the timeout is not told. Takes the same short time however many there are, and nothing of the
     * timeout is kept.
     *
     * @return whether that came in time: false if it was told or cancelled before
     * @throws IllegalStateException if it is of a loop, and another thread runs that
     */
    boolean cancel();

    /** {@return whether it was neither told nor cancelled yet} */
    boolean isPending();
}
