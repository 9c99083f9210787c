package io.heddle.programs;

import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/** Stands in until the drop-in sockets are there. */
final class Later {
    private Later() {}

    static SocketFactory socketFactory() {
        return (SocketFactory) make("io.heddle.javanet.HeddleSocketFactory");
    }

    static ServerSocketFactory serverSocketFactory() {
        return (ServerSocketFactory) make("io.heddle.javanet.HeddleServerSocketFactory");
    }

    private static Object make(String name) {
        try {
            return Class.forName(name).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }
}
