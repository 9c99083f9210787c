package io.heddle.poll.net;

import io.heddle.poll.Interest;
import io.heddle.poll.Registry;
import io.heddle.poll.Source;
import java.io.Closeable;
import java.io.IOException;

/** What all classes of this package have: one descriptor, its life, and its registration. */
abstract class Endpoint implements Source, Closeable {
    final Handle handle;

    Endpoint(Handle handle) {
        this.handle = handle;
    }

    /**
     * The descriptor's number, for calls of one's own; see {@link #tryIo} for those that may block.
     *
     * @return -1 when this is closed
     */
    public final int fd() {
        return handle.fd();
    }

    /**
     * Whether {@link #close} has not been called.
     *
     * @return false from the beginning of the first close on
     */
    public final boolean isOpen() {
        return handle.isOpen();
    }

    /**
     * Called by {@link Registry#register}.
     *
     * @throws IOException if this is closed, and as {@code Registry.register}
     */
    @Override
    public final void register(Registry registry, long token, Interest interest) throws IOException {
        handle.whileOpen(source -> source.register(registry, token, interest));
    }

    /**
     * Called by {@link Registry#reregister}.
     *
     * @throws IOException if this is closed, and as {@code Registry.reregister}
     */
    @Override
    public final void reregister(Registry registry, long token, Interest interest) throws IOException {
        handle.whileOpen(source -> source.reregister(registry, token, interest));
    }

    /**
     * Called by {@link Registry#deregister}. Not needed before {@link #close}, which deregisters.
     *
     * @throws IOException as {@code Registry.deregister}
     */
    @Override
    public final void deregister(Registry registry) throws IOException {
        handle.source.deregister(registry);
    }

    /**
     * Makes a call that this class does not have, such as one with flags of one's own, and tells the selector if it
     * would block. Without that, selectors of systems that know no edges would report no further event.
     *
     * @param operation {@link Interest#READABLE} for a call that reads, {@link Interest#WRITABLE} for one that writes
     * @param call makes it, once, on the calling thread
     * @return what it answers
     * @throws IOException if this is closed, or if the call throws it
     */
    public final int tryIo(Interest operation, FdOperation call) throws IOException {
        return handle.tryIo(operation, call);
    }

    /**
     * Gives the descriptor away: deregisters it and closes this, but not the number, which is the caller's from now on.
     *
     * @return the number, still non-blocking and close-on-exec
     * @throws IOException if this is closed
     * @throws IllegalStateException if another call of this runs, which would go on to use the number; nothing has
     *     happened then
     */
    public final int detachFd() throws IOException {
        return handle.detach();
    }

    /**
     * Deregisters and closes the descriptor, see close(2). What was written before still arrives. Idempotent; a call of
     * another thread that runs meanwhile ends first. Does not wait, unless SO_LINGER is set to more than zero.
     */
    @Override
    public final void close() {
        handle.close();
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + handle + "]";
    }
}
