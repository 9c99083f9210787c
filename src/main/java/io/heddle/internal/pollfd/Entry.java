package io.heddle.internal.pollfd;

import io.heddle.internal.sys.PollFds;
import io.heddle.poll.spi.Readiness;

/** One watched descriptor and what it is asked for next. Guarded by its selector's lock. */
final class Entry {
    /** What comes unasked, and stays: poll(2) would report it again and again. */
    private static final int STICKY = PollFds.ERR | PollFds.HUP | PollFds.NVAL;

    final int fd;
    final long key;

    /** As registered: bits of {@link Readiness}. */
    int interest;

    /** What is asked for now: the interest in poll's bits, less what was reported since. */
    int armed;

    /** Whether not even what comes unasked is to be reported. */
    boolean silent;

    /** Where it is in the array, as of the last poll; -1 if it is not in it yet. */
    int index = -1;

    /** Whether the array has to be brought up to date. */
    boolean changed;

    boolean removed;

    Entry(int fd, long key) {
        this.fd = fd;
        this.key = key;
    }

    boolean isEdge() {
        return (interest & (Readiness.ONESHOT | Readiness.LEVEL)) == 0;
    }

    void arm(int newInterest) {
        interest = newInterest;
        armed = events(newInterest);
        silent = false;
    }

    /** Arms again what would block, as far as it was asked for; false if that changes nothing. */
    boolean rearm(int wouldBlock) {
        int again = armed | events(interest & wouldBlock);
        if (!isEdge() || (again == armed && !silent)) {
            return false;
        }
        armed = again;
        silent = false;
        return true;
    }

    /** Takes what is asked for out of what poll(2) says, and does not ask for it again where that is the trigger. */
    int take(int revents) {
        int taken = silent ? 0 : revents & (armed | STICKY);
        if (taken == 0) {
            return 0;
        }
        if ((taken & PollFds.NVAL) != 0 || (interest & Readiness.ONESHOT) != 0) {
            silent = true;
        } else if (isEdge()) {
            armed &= ~taken;
            silent = (taken & STICKY) != 0;
        }
        return taken;
    }

    private static int events(int interest) {
        int events = (interest & Readiness.READABLE) != 0 ? PollFds.IN | PollFds.RDHUP : 0;
        events |= (interest & Readiness.WRITABLE) != 0 ? PollFds.OUT : 0;
        events |= (interest & Readiness.PRIORITY) != 0 ? PollFds.PRI : 0;
        return events;
    }

    static int ready(int revents) {
        // The end may come when what was sent before is reported already: it is something to read by itself.
        int ready = (revents & (PollFds.IN | PollFds.PRI | PollFds.RDHUP)) != 0 ? Readiness.READABLE : 0;
        ready |= (revents & PollFds.OUT) != 0 ? Readiness.WRITABLE : 0;
        ready |= (revents & PollFds.PRI) != 0 ? Readiness.PRIORITY : 0;
        ready |= (revents & (PollFds.ERR | PollFds.NVAL)) != 0 ? Readiness.ERROR : 0;
        ready |= (revents & (PollFds.HUP | PollFds.RDHUP)) != 0 ? Readiness.READ_CLOSED : 0;
        ready |= isWriteClosed(revents) ? Readiness.WRITE_CLOSED : 0;
        return ready;
    }

    /** An error alone, or of what could be written: the reader of a pipe is gone. */
    private static boolean isWriteClosed(int revents) {
        int failed = PollFds.OUT | PollFds.ERR;
        return (revents & PollFds.HUP) != 0 || (revents & failed) == failed || revents == PollFds.ERR;
    }
}
