package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** OkHttp and MockWebServer, which take factories: both ends are on the same kind of socket. */
@Program
class OkHttpTest {
    private static final int REQUESTS = 10;
    private static final int STREAMS = 8;
    private static final int BODY = 100_000;

    @EverySockets
    void oneConnectionServesManyRequests(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets, null)) {
            for (int i = 0; i < REQUESTS; i++) {
                site.server.enqueue(
                        new MockResponse.Builder().body("answer " + i).build());
            }
            sockets.carry(caller, () -> {
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(site.post("question " + i)).isEqualTo("answer " + i);
                }
            });
            site.checkConnections(1);
            for (int i = 0; i < REQUESTS; i++) {
                RecordedRequest request = site.server.takeRequest();
                assertThat(request.getVersion()).isEqualTo("HTTP/1.1");
                assertThat(request.getBody().utf8()).isEqualTo("question " + i);
                assertThat(request.getConnectionIndex()).isZero();
                assertThat(request.getExchangeIndex()).isEqualTo(i);
            }
        }
    }

    @EverySockets
    void http2CarriesManyStreamsOverTls(Sockets sockets, Caller caller) throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        HandshakeCertificates certificates = new HandshakeCertificates.Builder()
                .heldCertificate(certificate)
                .addTrustedCertificate(certificate.certificate())
                .build();
        try (Site site = new Site(sockets, certificates)) {
            site.server.setDispatcher(new Echo());
            sockets.carry(() -> {
                // One connection first: streams that start together may open one each.
                assertThat(caller.call(() -> site.post("first"))).isEqualTo("first");
                List<Task<String>> streams = new ArrayList<>();
                for (int i = 0; i < STREAMS; i++) {
                    String body = ("stream " + i + ' ').repeat(BODY / 10);
                    streams.add(caller.start(() -> site.post(body)));
                }
                for (int i = 0; i < STREAMS; i++) {
                    assertThat(streams.get(i).get()).isEqualTo(("stream " + i + ' ').repeat(BODY / 10));
                }
            });
            site.checkConnections(1);
            Set<Integer> connections = new HashSet<>();
            for (int i = 0; i <= STREAMS; i++) {
                RecordedRequest request = site.server.takeRequest();
                assertThat(request.getVersion()).isEqualTo("HTTP/2");
                assertThat(request.getHandshake()).isNotNull();
                connections.add(request.getConnectionIndex());
            }
            assertThat(connections).containsExactly(0);
        }
    }

    @EverySockets
    void aThrottledBodyArrivesOrTimesOut(Sockets sockets, Caller caller) throws Exception {
        String body = "heddle".repeat(2000);
        try (Site site = new Site(sockets, null)) {
            site.server.enqueue(new MockResponse.Builder()
                    .body(body)
                    .throttleBody(body.length() / 10, 5, TimeUnit.MILLISECONDS)
                    .build());
            site.server.enqueue(new MockResponse.Builder()
                    .body(body)
                    .throttleBody(body.length() / 10, 200, TimeUnit.MILLISECONDS)
                    .build());
            sockets.carry(caller, () -> {
                assertThat(site.get(site.client)).isEqualTo(body);
                // Either its watchdog or the socket is first to say so.
                assertThatThrownBy(() -> site.get(site.impatient())).isInstanceOf(SocketTimeoutException.class);
            });
            site.checkConnections(1);
        }
    }

    @EverySockets
    void disconnectsAreReported(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets, null)) {
            String body = "heddle".repeat(2000);
            site.server.enqueue(new MockResponse.Builder()
                    .onRequestStart(new SocketEffect.CloseSocket())
                    .build());
            site.server.enqueue(new MockResponse.Builder()
                    .body(body)
                    .onResponseBody(new SocketEffect.CloseSocket())
                    .build());
            site.server.enqueue(new MockResponse.Builder()
                    .onResponseStart(SocketEffect.Stall.INSTANCE)
                    .build());
            site.server.enqueue(new MockResponse.Builder()
                    .body(body)
                    .onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE)
                    .build());
            site.server.enqueue(new MockResponse.Builder()
                    .body(body)
                    .onResponseEnd(new SocketEffect.CloseSocket(false, true, true))
                    .build());
            site.server.enqueue(new MockResponse.Builder().body(body).build());
            sockets.carry(caller, () -> {
                assertThatThrownBy(() -> site.get(site.client))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("unexpected end of stream");
                assertThatThrownBy(() -> site.get(site.client))
                        .isInstanceOf(ProtocolException.class)
                        .hasMessage("unexpected end of stream");
                assertThatThrownBy(() -> site.get(site.impatient())).isInstanceOf(SocketTimeoutException.class);
                // What the server closes after an answer may be found closed when it is taken from the pool, or while
                // it is used again.
                for (int i = 0; i < 3; i++) {
                    assertThat(site.get(site.patient())).isEqualTo(body);
                }
            });
            site.checkConnections(4);
        }
    }

    @EverySockets
    void aCallIsCancelledFromAnotherThreadOrByItsTimeout(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets, null)) {
            for (int i = 0; i < 2; i++) {
                site.server.enqueue(new MockResponse.Builder()
                        .onResponseStart(SocketEffect.Stall.INSTANCE)
                        .build());
            }
            site.server.enqueue(new MockResponse.Builder().body("answer").build());
            sockets.carry(() -> {
                Call call = site.client.newCall(site.request(null));
                Task<Response> waiting = caller.start(call::execute);
                waiting.awaitWaiting();
                call.cancel();
                assertThat(waiting.failure()).isInstanceOf(IOException.class);
                assertThat(call.isCanceled()).isTrue();
                OkHttpClient hurried = site.client
                        .newBuilder()
                        .callTimeout(Duration.ofMillis(100))
                        .build();
                assertThat(caller.failureOf(() -> site.get(hurried)))
                        .isInstanceOf(InterruptedIOException.class)
                        .hasMessage("timeout");
                assertThat(caller.call(() -> site.get(site.client))).isEqualTo("answer");
            });
            site.checkConnections(3);
        }
    }

    /** Answers what it was asked. */
    private static final class Echo extends Dispatcher {
        @Override
        public MockResponse dispatch(RecordedRequest request) {
            assert request.getBody() != null : request;
            return new MockResponse.Builder()
                    .body(new Buffer().write(request.getBody()))
                    .build();
        }
    }

    /** A server and its client. */
    private static final class Site implements AutoCloseable {
        private final MockWebServer server = new MockWebServer();
        private final Sockets sockets;
        private final Made before;
        private final OkHttpClient client;

        Site(Sockets sockets, @Nullable HandshakeCertificates tls) throws IOException {
            this.sockets = sockets;
            before = sockets.made();
            server.setServerSocketFactory(sockets.serverFactory());
            OkHttpClient.Builder builder = new OkHttpClient.Builder()
                    .socketFactory(sockets.factory())
                    .retryOnConnectionFailure(false)
                    .readTimeout(Duration.ofSeconds(30));
            if (tls != null) {
                server.useHttps(tls.sslSocketFactory());
                builder.sslSocketFactory(tls.sslSocketFactory(), tls.trustManager());
            } else {
                server.setProtocols(List.of(Protocol.HTTP_1_1));
            }
            client = builder.build();
            server.start(InetAddress.getLoopbackAddress(), 0);
        }

        /** Fails unless both ends of so many connections are on these sockets. */
        void checkConnections(int n) {
            sockets.checkMade(before, n, 1, n);
        }

        /** Waits for 100 ms, no longer. */
        OkHttpClient impatient() {
            return client.newBuilder().readTimeout(Duration.ofMillis(100)).build();
        }

        /** Tries again on another connection. */
        OkHttpClient patient() {
            return client.newBuilder().retryOnConnectionFailure(true).build();
        }

        Request request(@Nullable String body) {
            return new Request.Builder()
                    .url(server.url("/"))
                    .method(body == null ? "GET" : "POST", body == null ? null : RequestBody.create(body, null))
                    .build();
        }

        String get(OkHttpClient by) throws IOException {
            try (Response response = by.newCall(request(null)).execute()) {
                return response.body().string();
            }
        }

        String post(String body) throws IOException {
            try (Response response = client.newCall(request(body)).execute()) {
                return response.body().string();
            }
        }

        @Override
        public void close() {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
            server.close();
        }
    }
}
