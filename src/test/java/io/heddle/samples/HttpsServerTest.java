package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpsServerTest {
    private static final String QUESTION = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int CLIENTS = 50;

    /** As with curl -k. */
    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static String ask(SSLSocket socket) throws Exception {
        socket.getOutputStream().write(QUESTION.getBytes(ISO_8859_1));
        InputStream in = socket.getInputStream();
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().endsWith("Hello, World!\n")) {
            int c = in.read();
            assertThat(c).as("answer=" + answer).isNotNegative();
            answer.append((char) c);
        }
        return answer.substring(0, answer.indexOf("\r"));
    }

    @Test
    void answersManyClientsOverTlsTwiceEach() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Everybody()}, new SecureRandom());
        try (SampleProcess server = SampleProcess.sample("HttpsServer");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int port = server.awaitPort();
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                answers.add(threads.submit(() -> {
                    try (SSLSocket socket =
                            (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
                        return ask(socket) + ", " + ask(socket) + ", "
                                + socket.getSession().getProtocol();
                    }
                }));
            }
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo("HTTP/1.1 200 OK, HTTP/1.1 200 OK, TLSv1.3");
            }
        }
    }
}
