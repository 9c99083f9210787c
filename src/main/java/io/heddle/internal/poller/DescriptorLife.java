package io.heddle.internal.poller;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Keeps a descriptor number valid while anybody uses it; after close, the last user closes it. So the
 * kernel cannot give the number to another file under a running call.
 */
public final class DescriptorLife {
    /*
     *               beginClose()              last release()
     *   +--------+ -------------> +---------+ -------------> +--------+
     *   |  OPEN  |                | CLOSING |                | CLOSED |
     *   +--------+ <-+            +---------+                +--------+
     *       |        | acquire()       |                              ^
     *       +--------+ release()       +-- acquire() answers false    |
     *       |                                                         |
     *       +---------------------------------------------------------+
     *                       closeUnused(), without users
     *
     * Notes:
     *  - The number may be used in OPEN and CLOSING, between acquire() and release().
     *  - CLOSED is final. A number the kernel reuses belongs to a new DescriptorLife.
     *  - beginClose() counts as a user itself: whoever it answers true to may still call shutdown(2)
     *    and must then release().
     *  - beginClose() on CLOSING or CLOSED answers false.
     *
     * word:  bit 0      closing
     *        bits 1-31  users, at most 2^31 - 1
     *        OPEN is (users, 0), CLOSING is (users > 0, 1), CLOSED is (0, 1).
     */
    private static final int CLOSING = 1;
    private static final int USER = 1 << 1;
    private static final int USERS = ~CLOSING;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(DescriptorLife.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Written by any thread, by CAS only. */
    private volatile int word;

    /** Creates an open descriptor's life. */
    public DescriptorLife() {}

    /** For tests: a life that has this many users. */
    DescriptorLife(int users) {
        word = users * USER;
    }

    /** Admits a user; answers false once closing has begun. */
    public boolean acquire() {
        for (; ; ) {
            int seen = word;
            if ((seen & CLOSING) != 0) {
                return false;
            }
            if ((seen & USERS) == USERS) {
                throw new IllegalStateException("too many users: " + describe(seen));
            }
            if (casWord(seen, seen + USER)) {
                return true;
            }
        }
    }

    /** Begins to close and admits the closer as a user. Answers true to exactly one caller. */
    public boolean beginClose() {
        for (; ; ) {
            int seen = word;
            if ((seen & CLOSING) != 0) {
                return false;
            }
            if ((seen & USERS) == USERS) {
                throw new IllegalStateException("too many users: " + describe(seen));
            }
            if (casWord(seen, (seen + USER) | CLOSING)) {
                return true;
            }
        }
    }

    /**
     * Closes at once what nobody uses. Answers true to exactly one caller, who alone has the number from then on; false
     * if there is a user, or closing has begun.
     */
    public boolean closeUnused() {
        return casWord(0, CLOSING);
    }

    /** Lets a user go. Answers true to exactly one caller: the one who must now close the descriptor. */
    public boolean release() {
        for (; ; ) {
            int seen = word;
            assert (seen & USERS) != 0 : "release without acquire: " + describe(seen);
            int next = seen - USER;
            if (casWord(seen, next)) {
                return next == CLOSING;
            }
        }
    }

    /** Whether closing has not begun. */
    public boolean isOpen() {
        return (word & CLOSING) == 0;
    }

    private boolean casWord(int expected, int next) {
        return WORD.compareAndSet(this, expected, next);
    }

    private static String describe(int word) {
        return "users=" + (word >>> 1) + ", closing=" + ((word & CLOSING) != 0);
    }

    @Override
    public String toString() {
        return "DescriptorLife[" + describe(word) + "]";
    }
}
