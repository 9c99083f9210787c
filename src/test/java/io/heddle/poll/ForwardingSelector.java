package io.heddle.poll;

import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Selector;
import java.io.IOException;

/** A real selector, of which a test overrides one method to choose the moment, to count, or to refuse. */
class ForwardingSelector implements Selector {
    private final Selector real;

    ForwardingSelector(Selector real) {
        this.real = real;
    }

    @Override
    public void register(Pollable source, long key, int interest) throws IOException {
        real.register(source, key, interest);
    }

    @Override
    public void reregister(Pollable source, long key, int interest) throws IOException {
        real.reregister(source, key, interest);
    }

    @Override
    public void deregister(Pollable source, long key) throws IOException {
        real.deregister(source, key);
    }

    @Override
    public boolean needsRearm() {
        return real.needsRearm();
    }

    @Override
    public void rearm(Pollable source, long key, int interest) {
        real.rearm(source, key, interest);
    }

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
        real.select(timeoutNanos, eventsMax, sink);
    }

    @Override
    public void wake() {
        real.wake();
    }

    @Override
    public int fd() {
        return real.fd();
    }

    @Override
    public void close() {
        real.close();
    }
}
