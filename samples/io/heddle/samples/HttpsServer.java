package io.heddle.samples;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * {@link HttpServer} behind TLS: the JDK's own, in a layer over a view of each socket. Its certificate is made at the
 * start and vouches for itself, so that browsers warn.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=HttpsServer -Dsample.args="8443 samples/www"}, and then
 * {@code curl -k https://localhost:8443/}. Without a port it takes a free one, without a directory {@code samples/www}.
 */
public final class HttpsServer {
    private static final Path DIRECTORY = Path.of("samples", "www");
    private static final String PASSWORD = "changeit";

    private HttpsServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Site site = Site.of(args.length > 1 ? Path.of(args[1]) : DIRECTORY);
        SSLSocketFactory tls = selfSigned().getSocketFactory();
        Service service = Service.start(port, socket -> serve(socket, tls, site));
        InetSocketAddress address = service.address();
        service.untilStopped("HttpsServer on https://" + address.getAddress().getHostAddress() + ":" + address.getPort()
                + "/, " + Heddle.shared());
    }

    private static void serve(TcpSocket socket, SSLSocketFactory tls, Site site) throws IOException {
        // As in HttpServer; java.net has no write timeout.
        socket.setWriteTimeout(HttpServer.READ_TIMEOUT);
        // Null: nothing was read before, and this is the server's side.
        try (SSLSocket secure = (SSLSocket) tls.createSocket(socket.asSocket(), null, true)) {
            new HttpConnection(Wire.of(secure), site, HttpServer.READ_TIMEOUT).serve();
        }
    }

    private static SSLContext selfSigned() throws IOException, InterruptedException, GeneralSecurityException {
        Path directory = Files.createTempDirectory("heddle-https");
        Path file = directory.resolve("keys.p12");
        try {
            makeKeys(file);
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    /** The JDK makes certificates by this program only. */
    private static void makeKeys(Path file) throws IOException, InterruptedException {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(List.of(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "localhost",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool could not make a key: output=" + output);
        }
    }
}
