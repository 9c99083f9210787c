package io.heddle.javanet;

import java.io.IOException;
import java.net.Socket;

/** One on Heddle. */
final class AcceptingInto extends HeddleServerSocket implements Into {
    AcceptingInto() throws IOException {}

    @Override
    public void accept(Socket into) throws IOException {
        implAccept(into);
    }
}
