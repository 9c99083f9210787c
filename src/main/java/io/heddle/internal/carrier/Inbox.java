package io.heddle.internal.carrier;

import io.heddle.internal.timer.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What other threads want of a carrier: tasks to run and timers to link. Unbounded and lock-free; any
 * thread adds, whoever takes takes all. A stack in memory, a queue to its reader (Treiber 1986, reversed).
 */
final class Inbox {
    /*
     *             add()              close()
     *   +------+ -------> +-------+ --------> +--------+
     *   | empty| <------- | a,b,c | --------> | CLOSED |   add() answers false from now on
     *   +------+ takeAll()+-------+           +--------+
     *
     * add() and close() meet in one CAS word: an element is either in what close() returns, or refused.
     */
    enum Kind {
        TASK,
        SCHEDULE,
        CANCEL
    }

    /** One element; immutable but for the link. */
    static final class Message {
        final Kind kind;
        final @Nullable Runnable task;
        final @Nullable Timer timer;
        final long atNanos;

        @Nullable
        Message next;

        private Message(Kind kind, @Nullable Runnable task, @Nullable Timer timer, long atNanos) {
            this.kind = kind;
            this.task = task;
            this.timer = timer;
            this.atNanos = atNanos;
        }

        static Message run(Runnable task) {
            return new Message(Kind.TASK, task, null, 0);
        }

        static Message schedule(Timer timer, long atNanos) {
            return new Message(Kind.SCHEDULE, null, timer, atNanos);
        }

        static Message cancel(Timer timer) {
            return new Message(Kind.CANCEL, null, timer, 0);
        }
    }

    private static final Message CLOSED = new Message(Kind.CANCEL, null, null, 0);

    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(Inbox.class, "top", Message.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile @Nullable Message top;

    /** Any thread; false once the inbox is closed. A full fence: what follows sees who sleeps. */
    boolean add(Message message) {
        for (; ; ) {
            Message seen = top;
            if (seen == CLOSED) {
                return false;
            }
            message.next = seen;
            if (TOP.compareAndSet(this, seen, message)) {
                return true;
            }
        }
    }

    /** Takes all, oldest first; null if there is nothing. */
    @Nullable
    Message takeAll() {
        if (top == null) {
            return null;
        }
        Message taken = (Message) TOP.getAndSet(this, null);
        assert taken != CLOSED : "taken from after close";
        return reverse(taken);
    }

    /** Takes all, oldest first, and refuses what comes later; the second time there is nothing. */
    @Nullable
    Message close() {
        Message taken = (Message) TOP.getAndSet(this, CLOSED);
        return taken == CLOSED ? null : reverse(taken);
    }

    boolean isEmpty() {
        return top == null;
    }

    private static @Nullable Message reverse(@Nullable Message newest) {
        Message oldest = null;
        Message rest = newest;
        while (rest != null) {
            Message following = rest.next;
            rest.next = oldest;
            oldest = rest;
            rest = following;
        }
        return oldest;
    }
}
