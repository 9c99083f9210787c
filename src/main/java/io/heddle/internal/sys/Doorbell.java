package io.heddle.internal.sys;

import java.io.IOException;

/**
 * What ends a wait for descriptors from another thread: an eventfd(2) or, where there is none, a pipe(2) to oneself. It
 * remembers: {@link #fd} is readable from a ring to the next reset.
 */
public final class Doorbell {
    private final int reading;
    private final int writing;

    private Doorbell(int reading, int writing) {
        this.reading = reading;
        this.writing = writing;
    }

    /** Over an eventfd, or a pipe where there is none. */
    public static Doorbell open() throws IOException {
        return NativeAccess.BSD ? openBsdPipe() : openEventFd();
    }

    private static Doorbell openEventFd() throws IOException {
        int fd = EventFd.open();
        if (fd < 0) {
            throw Errors.of("eventfd", -fd, "");
        }
        return new Doorbell(fd, fd);
    }

    /** Over a pipe. */
    public static Doorbell openPipe() throws IOException {
        int[] ends = new int[2];
        int opened = Pipe2.open(ends);
        if (opened < 0) {
            throw Errors.of("pipe2", -opened, "");
        }
        return new Doorbell(ends[0], ends[1]);
    }

    /** Over a pipe of a BSD, where numbers of flags are others. */
    public static Doorbell openBsdPipe() throws IOException {
        int[] ends = new int[2];
        int opened = PosixPipe.open(ends, Kevent.BSD_O_NONBLOCK);
        if (opened < 0) {
            throw Errors.ofFile("pipe", -opened, "");
        }
        return new Doorbell(ends[0], ends[1]);
    }

    /** What to watch. */
    public int fd() {
        return reading;
    }

    /** Any thread, until close. Allocates nothing, and never waits: if the pipe is full, it is ringing. */
    public void ring() {
        EventFd.signal(writing);
    }

    /** Ends the ringing. The {@code Scratch} is the caller's own. */
    public void reset(Scratch s) {
        int answer = EventFd.reset(s, reading);
        while (answer == 0 && reading != writing) {
            // Each ring is in the pipe by itself.
            answer = EventFd.reset(s, reading);
        }
    }

    /** Once. */
    public void close() {
        Fd.close(reading);
        if (writing != reading) {
            Fd.close(writing);
        }
    }
}
