package io.heddle.internal.carrier;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Poller;

/** A real poller, of which a test overrides one method to choose the moment. */
class ForwardingPoller implements Poller {
    private final Poller kernel;

    ForwardingPoller(Poller kernel) {
        this.kernel = kernel;
    }

    @Override
    public int poll(long timeoutNanos, int reportsMax, Sink sink) {
        return kernel.poll(timeoutNanos, reportsMax, sink);
    }

    @Override
    public int fd() {
        return kernel.fd();
    }

    @Override
    public Arming arming() {
        return kernel.arming();
    }

    @Override
    public int watch(int fd, long token, int interest) {
        return kernel.watch(fd, token, interest);
    }

    @Override
    public int rearm(int fd, long token, int interest) {
        return kernel.rearm(fd, token, interest);
    }

    @Override
    public int forget(int fd) {
        return kernel.forget(fd);
    }

    @Override
    public void wake() {
        kernel.wake();
    }

    @Override
    public int watched() {
        return kernel.watched();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
