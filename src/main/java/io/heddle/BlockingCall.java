package io.heddle;

import org.jspecify.annotations.Nullable;

/**
 * Work that blocks the thread it runs on, for {@link Heddle#callBlocking}.
 *
 * @param <T> what it answers
 * @param <X> what it throws; of a lambda expression the compiler finds it out
 */
@FunctionalInterface
public interface BlockingCall<T extends @Nullable Object, X extends Throwable> {
    /**
     * Does the work.
     *
     * @return what the caller waits for
     * @throws X as the work does; the caller gets the same object
     */
    T call() throws X;
}
