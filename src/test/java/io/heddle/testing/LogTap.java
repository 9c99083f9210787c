package io.heddle.testing;

import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** A log handler as a user may have it: from making to closing it gets every line of ours, and nobody else does. */
public final class LogTap implements AutoCloseable {
    private static final Logger OURS = Logger.getLogger("io.heddle");

    private final Handler handler;

    private LogTap(Handler handler) {
        this.handler = handler;
    }

    /** Hands each message to the reader, on the thread that logs; what the reader throws, the logger throws. */
    public static LogTap open(Consumer<String> reader) {
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                reader.accept(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        OURS.setUseParentHandlers(false);
        OURS.addHandler(handler);
        return new LogTap(handler);
    }

    @Override
    public void close() {
        OURS.removeHandler(handler);
        OURS.setUseParentHandlers(true);
    }
}
