package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How libraries find the factories, and what cannot be mixed. */
@ExtendWith(NoLeaks.class)
class FactoryTest {
    @Test
    void factoriesAreFoundByName() throws Exception {
        Object sockets = Class.forName("io.heddle.javanet.HeddleSocketFactory")
                .getConstructor()
                .newInstance();
        Object servers = Class.forName("io.heddle.javanet.HeddleServerSocketFactory")
                .getConstructor()
                .newInstance();
        try (Socket socket = ((SocketFactory) sockets).createSocket();
                ServerSocket server = ((ServerSocketFactory) servers).createServerSocket()) {
            assertThat(socket).isInstanceOf(HeddleSocket.class);
            assertThat(server).isInstanceOf(HeddleServerSocket.class);
        }
        assertThat(HeddleSocketFactory.getDefault()).isSameAs(HeddleSocketFactory.getDefault());
        assertThat(HeddleServerSocketFactory.getDefault()).isSameAs(HeddleServerSocketFactory.getDefault());
    }

    @Test
    void isDefaultTellsThatNothingIsInstalled() {
        assertThat(HeddleSockets.isDefault()).isFalse();
    }

    /** {@code java.net} refuses it, and says which two. */
    @Test
    void aServerOfOneKindDoesNotAcceptIntoASocketOfTheOther() throws Exception {
        for (Socket other : new Socket[] {new Socket(), new HeddleSocket()}) {
            boolean ours = !(other instanceof HeddleSocket);
            try (other;
                    ServerSocket server = ours ? accepting(other) : acceptingOfTheJdk(other)) {
                server.bind(Pair.anyPort());
                assertThatThrownBy(server::accept)
                        .isExactlyInstanceOf(IOException.class)
                        .hasMessageStartingWith("An instance of class " + (ours ? "io.heddle." : "sun.nio.ch."));
            }
        }
    }

    private static ServerSocket accepting(Socket into) throws IOException {
        return new HeddleServerSocket() {
            @Override
            public Socket accept() throws IOException {
                implAccept(into);
                return into;
            }
        };
    }

    private static ServerSocket acceptingOfTheJdk(Socket into) throws IOException {
        return new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                implAccept(into);
                return into;
            }
        };
    }
}
