package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Caller;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.ftpserver.DataConnectionConfigurationFactory;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.WritePermission;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The FTP client of Commons Net, which takes factories for its sockets and listeners, against Apache's FtpServer. */
@Program
class FtpTest {
    private static final String USER = "heddle";
    private static final long SEED = 19;

    @TempDir
    static Path directory;

    private static FtpServer server;
    private static Listener listener;

    @BeforeAll
    static void startServer() throws Exception {
        DataConnectionConfigurationFactory data = new DataConnectionConfigurationFactory();
        data.setActiveEnabled(true);
        // Otherwise it is port 20, for which one has to be root.
        data.setActiveLocalPort(0);
        ListenerFactory control = new ListenerFactory();
        control.setServerAddress("127.0.0.1");
        control.setPort(0);
        control.setDataConnectionConfiguration(data.createDataConnectionConfiguration());
        listener = control.createListener();
        FtpServerFactory factory = new FtpServerFactory();
        factory.addListener("default", listener);
        BaseUser user = new BaseUser();
        user.setName(USER);
        user.setPassword(USER);
        user.setHomeDirectory(directory.toString());
        user.setAuthorities(List.of(new WritePermission()));
        factory.getUserManager().save(user);
        server = factory.createServer();
        server.start();
        // What the server keeps for its process is there before the first test.
        transfer(Sockets.JDK, true, 1);
    }

    @AfterAll
    static void stopServer() {
        server.stop();
    }

    @EverySockets
    void aFileGoesAndComesBackInPassiveMode(Sockets sockets, Caller caller) throws Exception {
        Made before = sockets.made();
        sockets.carry(caller, () -> transfer(sockets, true, Load.mebibytes(100, 4)));
        // For what is said, and for each way.
        sockets.checkMade(before, 3, 0, 0);
    }

    /** Here the server connects to a listener of the client. */
    @EverySockets
    void aFileGoesAndComesBackInActiveMode(Sockets sockets, Caller caller) throws Exception {
        Made before = sockets.made();
        sockets.carry(caller, () -> transfer(sockets, false, Load.mebibytes(100, 4)));
        sockets.checkMade(before, 1, 2, 2);
    }

    private static void transfer(Sockets sockets, boolean passive, long bytes) throws IOException {
        FTPClient client = new FTPClient();
        client.setSocketFactory(sockets.factory());
        client.setServerSocketFactory(sockets.serverFactory());
        client.setConnectTimeout(30_000);
        client.setDefaultTimeout(30_000);
        client.setDataTimeout(Duration.ofSeconds(30));
        client.connect(InetAddress.getLoopbackAddress(), listener.getPort());
        try {
            assertThat(client.login(USER, USER)).isTrue();
            assertThat(client.setFileType(FTP.BINARY_FILE_TYPE)).isTrue();
            if (passive) {
                client.enterLocalPassiveMode();
            } else {
                client.enterLocalActiveMode();
            }
            try (InputStream lines = Load.lines(SEED, bytes)) {
                assertThat(client.storeFile("file", lines))
                        .as(client.getReplyString())
                        .isTrue();
            }
            Load.Digest back = new Load.Digest();
            assertThat(client.retrieveFile("file", back))
                    .as(client.getReplyString())
                    .isTrue();
            assertThat(back.bytes()).isEqualTo(bytes);
            assertThat(back.hex()).isEqualTo(Load.digestOfLines(SEED, bytes));
            assertThat(client.deleteFile("file")).isTrue();
            assertThat(client.logout()).isTrue();
        } finally {
            client.disconnect();
        }
    }
}
