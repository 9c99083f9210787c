package io.heddle.poll.loop;

import io.heddle.poll.Event;
import java.io.IOException;

/**
 * What an {@link EventLoop} calls, on the thread that runs it, one call at a time. Each method does nothing if it is
 * not overridden. None should wait for anything: the loop waits with it.
 *
 * <p>What a method throws ends {@link EventLoop#run}, which throws it on. Nothing is lost by that: that call is over,
 * and the next run goes on with the one that comes after it.
 *
 * @param <M> the messages
 * @param <T> what tells timeouts apart
 */
public interface Handler<M, T> {
    /**
     * A source is ready.
     *
     * <p>An event of a source that was deregistered earlier in the same iteration still comes, with its token. If a
     * handler has ended the run by throwing, the rest of the events comes with the next run. So do not give a token to
     * another source before {@link #tick}.
     *
     * @param loop the caller
     * @param event which source, and ready for what; to be read during this call
     * @throws IOException to end the run
     */
    default void ready(EventLoop<M, T> loop, Event event) throws IOException {}

    /**
     * Somebody has sent a message. Messages of one thread come in the order in which it has sent them.
     *
     * @param loop the caller
     * @param message what was sent
     * @throws IOException to end the run
     */
    default void message(EventLoop<M, T> loop, M message) throws IOException {}

    /**
     * A timeout has expired.
     *
     * @param loop the caller
     * @param token what it was set with
     * @throws IOException to end the run
     */
    default void timeout(EventLoop<M, T> loop, T token) throws IOException {}

    /**
     * An iteration of the loop ends.
     *
     * @param loop the caller
     * @throws IOException to end the run
     */
    default void tick(EventLoop<M, T> loop) throws IOException {}
}
