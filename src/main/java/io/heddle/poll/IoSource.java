package io.heddle.poll;

import io.heddle.poll.spi.Pollable;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A source that a selector can watch, and its tie to the registry it is registered with: a descriptor or a channel. For
 * whoever has sources of both kinds.
 */
public abstract sealed class IoSource implements Source permits FdSource, ChannelSource {
    final Pollable pollable;

    /*
     * Null: registered nowhere. Set from null by a registry that has its lock, or back to null by the same one: two
     * registries that want the source meet in the CAS, two callers of one registry at its lock.
     */
    private final AtomicReference<@Nullable Registration> registration = new AtomicReference<>();

    IoSource(Pollable pollable) {
        this.pollable = pollable;
    }

    final @Nullable Registration registration() {
        return registration.get();
    }

    final boolean associate(Registration mine) {
        return registration.compareAndSet(null, mine);
    }

    final void dissociate(Registration mine) {
        registration.compareAndSet(mine, null);
    }

    @Override
    public final void register(Registry registry, long token, Interest interest) throws IOException {
        registry.add(this, token, interest);
    }

    @Override
    public final void reregister(Registry registry, long token, Interest interest) throws IOException {
        registry.change(this, token, interest);
    }

    @Override
    public final void deregister(Registry registry) throws IOException {
        registry.remove(this);
    }

    /** Deregisters this if it is registered: for whoever is about to close what is underneath. Never fails. */
    public final void deregisterIfRegistered() {
        Registration present = registration();
        if (present != null) {
            present.registry.discard(present);
        }
    }

    /**
     * Says that an operation on this has just found that it would block. Needed after each of them by selectors of
     * systems that know no edges, to report the next one; with others this returns at once. The same is to be said
     * after an error was taken from the source, of both directions, and after the end of what may begin again: a FIFO,
     * a terminal. Nothing if this is registered nowhere, or not for edges.
     *
     * @param operation what would block: {@link Interest#READABLE} for a read or an accept, {@link Interest#WRITABLE}
     *     for a write or a connect
     */
    public final void wouldBlock(Interest operation) {
        Registration present = registration();
        if (present != null && present.registry.needsRearm) {
            present.registry.rearm(present, operation);
        }
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + pollable + "]";
    }
}
