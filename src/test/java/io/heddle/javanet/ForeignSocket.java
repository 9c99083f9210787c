package io.heddle.javanet;

import java.net.Socket;

/** A subclass that knows nothing but the JDK. */
public class ForeignSocket extends Socket {
    /** Unconnected. */
    public ForeignSocket() {}
}
