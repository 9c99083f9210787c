package io.heddle.javanet;

import java.io.IOException;
import java.net.Socket;

/** A server that accepts into a socket of the caller's. */
interface Into {
    /** {@code ServerSocket.implAccept}, which is protected. */
    void accept(Socket into) throws IOException;
}
