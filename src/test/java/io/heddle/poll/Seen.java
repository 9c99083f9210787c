package io.heddle.poll;

/** What the events of one token have said, together: some systems make two events of what is one elsewhere. */
record Seen(
        boolean readable, boolean writable, boolean error, boolean readClosed, boolean writeClosed, boolean priority) {
    static final Seen NOTHING = new Seen(false, false, false, false, false, false);
    static final Seen READABLE = new Seen(true, false, false, false, false, false);
    static final Seen WRITABLE = new Seen(false, true, false, false, false, false);
    static final Seen BOTH = new Seen(true, true, false, false, false, false);

    Seen and(Event event) {
        return new Seen(
                readable || event.isReadable(),
                writable || event.isWritable(),
                error || event.isError(),
                readClosed || event.isReadClosed(),
                writeClosed || event.isWriteClosed(),
                priority || event.isPriority());
    }

    /** Such as {@code "RW rc wc"}: readable, writable, error, read closed, write closed, priority. */
    @Override
    public String toString() {
        String text = (readable ? "R" : "")
                + (writable ? "W" : "")
                + (error ? " err" : "")
                + (readClosed ? " rc" : "")
                + (writeClosed ? " wc" : "")
                + (priority ? " pri" : "");
        return text.isEmpty() ? "-" : text.strip();
    }
}
