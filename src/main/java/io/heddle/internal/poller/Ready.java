package io.heddle.internal.poller;

/** What a descriptor can be ready for, as bits; the vocabulary between pollers and those who wait. */
public final class Ready {
    /** There is something to read, or to accept. */
    public static final int READABLE = 1;
    /** There is room to write, or a connect has ended. */
    public static final int WRITABLE = 2;
    /** Urgent data. */
    public static final int PRIORITY = 4;
    /** The peer will send no more. */
    public static final int READ_CLOSED = 8;
    /** Both directions are shut. */
    public static final int HANGUP = 16;
    /** A pending error. */
    public static final int ERROR = 32;

    /** What never goes away once it was seen. */
    public static final int STICKY = PRIORITY | READ_CLOSED | HANGUP | ERROR;
    /** What lets a reader go on: to data, to the end, or to the error. */
    public static final int WAKES_READER = READABLE | STICKY;
    /** What lets a writer go on. */
    public static final int WAKES_WRITER = WRITABLE | HANGUP | ERROR;

    private Ready() {}

    /** For example {@code READABLE|READ_CLOSED}. */
    public static String describe(int ready) {
        StringBuilder names = new StringBuilder();
        String[] all = {"READABLE", "WRITABLE", "PRIORITY", "READ_CLOSED", "HANGUP", "ERROR"};
        for (int bit = 0; bit < all.length; bit++) {
            if ((ready & (1 << bit)) != 0) {
                names.append(names.isEmpty() ? "" : "|").append(all[bit]);
            }
        }
        return names.isEmpty() ? "NONE" : names.toString();
    }
}
