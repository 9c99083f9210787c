package io.heddle.internal.poller;

/** A home whose owner also runs threads: to wake one of them from here costs no message and no system call. */
public interface RunningHome extends Home {
    /** Any thread: a thread that this home runs waits for a descriptor that another one watches. */
    void countForeignWait();

    /** Any thread: a descriptor that another home watched is watched here from now on. */
    void countMoveIn();
}
