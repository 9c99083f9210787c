package io.heddle.poll;

import java.io.IOException;

/**
 * What can be registered. Not called by programs, which call {@link Registry}; implemented by those whose sources are
 * made of others, such as an {@link FdSource}: each method calls the same of the inner source.
 *
 * {@snippet file="io/heddle/poll/PollExamples.java" region="source"}
 *
 * <p>A source is deregistered before it is closed, unless its type says otherwise.
 */
public interface Source {
    /**
     * Called by {@link Registry#register}.
     *
     * @param registry where to register
     * @param token as given by the caller
     * @param interest as given by the caller, with its trigger: hand it on
     * @throws IOException as {@code Registry.register}
     */
    void register(Registry registry, long token, Interest interest) throws IOException;

    /**
     * Called by {@link Registry#reregister}.
     *
     * @param registry where it is registered
     * @param token as given by the caller
     * @param interest as given by the caller, with its trigger: hand it on
     * @throws IOException as {@code Registry.reregister}
     */
    void reregister(Registry registry, long token, Interest interest) throws IOException;

    /**
     * Called by {@link Registry#deregister}.
     *
     * @param registry where it is registered
     * @throws IOException as {@code Registry.deregister}
     */
    void deregister(Registry registry) throws IOException;
}
