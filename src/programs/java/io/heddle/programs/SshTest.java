package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Caller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import net.schmizz.sshj.xfer.InMemoryDestFile;
import net.schmizz.sshj.xfer.InMemorySourceFile;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** sshj, which takes a socket factory, against the server of Apache MINA SSHD. */
@Program
class SshTest {
    private static final String PASSWORD = "heddle";
    private static final long SEED = 17;

    @TempDir
    static Path directory;

    private static SshServer server;

    @BeforeAll
    static void startServer() throws IOException {
        server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider());
        server.setPasswordAuthenticator((user, password, session) -> password.equals(PASSWORD));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory.Builder().build()));
        server.setFileSystemFactory(new VirtualFileSystemFactory(directory));
        server.start();
        // What the server keeps for its process is there before the first test.
        transfer(Sockets.JDK, 1);
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.stop(true);
    }

    @EverySockets
    void aFileGoesAndComesBack(Sockets sockets, Caller caller) throws Exception {
        long bytes = Load.mebibytes(sockets, caller, 100, 4);
        Made before = sockets.made();
        // A thread of its own reads.
        sockets.carry(() -> caller.run(() -> transfer(sockets, bytes)));
        sockets.checkMade(before, 1, 0, 0);
    }

    private static void transfer(Sockets sockets, long bytes) throws IOException {
        try (SSHClient client = new SSHClient()) {
            client.setSocketFactory(sockets.factory());
            client.addHostKeyVerifier(new PromiscuousVerifier());
            client.setConnectTimeout(30_000);
            client.setTimeout(30_000);
            client.connect(InetAddress.getLoopbackAddress(), server.getPort());
            client.authPassword("user", PASSWORD);
            try (SFTPClient files = client.newSFTPClient()) {
                files.put(new Source(bytes), "/file");
                assertThat(files.stat("/file").getSize()).isEqualTo(bytes);
                Load.Digest back = new Load.Digest();
                files.get("/file", new Destination(back));
                assertThat(back.bytes()).isEqualTo(bytes);
                assertThat(back.hex()).isEqualTo(Load.digestOfLines(SEED, bytes));
                files.rm("/file");
            }
        }
    }

    private static final class Source extends InMemorySourceFile {
        private final long bytes;

        Source(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public String getName() {
            return "file";
        }

        @Override
        public long getLength() {
            return bytes;
        }

        @Override
        public InputStream getInputStream() {
            return Load.lines(SEED, bytes);
        }
    }

    private static final class Destination extends InMemoryDestFile {
        private final Load.Digest digest;

        Destination(Load.Digest digest) {
            this.digest = digest;
        }

        @Override
        public long getLength() {
            return digest.bytes();
        }

        @Override
        public OutputStream getOutputStream() {
            return digest;
        }

        @Override
        public OutputStream getOutputStream(boolean append) {
            return digest;
        }
    }
}
