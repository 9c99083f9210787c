package io.heddle.programs;

import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.protocol.StandardSocketFactory;
import io.heddle.javanet.HeddleSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;

/** What a user of Connector/J has to write: the driver has a factory interface of its own. */
public final class HeddleMysqlSocketFactory extends StandardSocketFactory {
    /** Creates a factory; the driver does, by name. */
    public HeddleMysqlSocketFactory() {}

    @Override
    protected Socket createSocket(PropertySet properties) {
        try {
            return new HeddleSocket();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
