package io.heddle.compare;

import java.io.Closeable;
import java.io.IOException;

/** A connected socket of any library, as {@link Service} sees it: blocking, on a virtual thread. */
interface Wire extends Closeable {
    /** Reads at least one byte; -1 is the end. */
    int read(byte[] dst, int off, int len) throws IOException;

    /** Writes all bytes. */
    void write(byte[] src, int off, int len) throws IOException;

    /** A connection of the same library to the backend. */
    Wire connectToBackend() throws IOException;
}
