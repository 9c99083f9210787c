package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Task;
import io.heddle.testing.TcpState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpConnection;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.impl.bootstrap.HttpServer;
import org.apache.hc.core5.http.impl.bootstrap.ServerBootstrap;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnectionFactory;
import org.apache.hc.core5.http.io.HttpRequestHandler;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** HttpClient 5 and the classic server of HttpCore 5: both ends are on the same kind of socket. */
@Program
class HttpClientTest {
    private static final int POOL = 5;
    private static final int THREADS = 20;
    private static final int REQUESTS = 25;
    private static final long SEED = 11;

    @EverySockets
    void aPoolKeepsItsConnectionsAlive(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets)) {
            sockets.carryFor(caller, () -> {
                List<Task<Integer>> users = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    String user = "user " + i;
                    users.add(caller.start(() -> echoes(site, user)));
                }
                for (Task<Integer> user : users) {
                    assertThat(user.get()).isEqualTo(REQUESTS);
                }
            });
            site.checkConnections(1);
            assertThat(site.connections).hasSizeBetween(1, POOL);
        }
    }

    private static int echoes(Site site, String user) throws IOException {
        int equal = 0;
        for (int i = 0; i < REQUESTS; i++) {
            HttpPost post = new HttpPost(site.uri("/echo"));
            post.setEntity(new StringEntity(user + " says " + i));
            String answer = site.client.execute(post, response -> EntityUtils.toString(response.getEntity()));
            equal += answer.equals(user + " says " + i) ? 1 : 0;
        }
        return equal;
    }

    @EverySockets
    void aConnectionThatTheServerHasClosedIsFoundStale(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets)) {
            sockets.carryFor(caller, () -> {
                for (int i = 1; i <= 3; i++) {
                    assertThat(caller.call(() -> echo(site, "again"))).isEqualTo("again");
                    assertThat(site.connections).hasSize(i);
                    site.closeNewest();
                }
            });
            site.checkConnections(3);
        }
    }

    private static String echo(Site site, String text) throws IOException {
        HttpPost post = new HttpPost(site.uri("/echo"));
        post.setEntity(new StringEntity(text));
        return site.client.execute(post, response -> EntityUtils.toString(response.getEntity()));
    }

    @EverySockets
    void timeoutsEndAResponseAndAConnect(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets);
                FullBacklog nobody = FullBacklog.open()) {
            sockets.carry(caller, () -> {
                HttpGet slow = new HttpGet(site.uri("/slow"));
                slow.setConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.ofMilliseconds(50))
                        .build());
                assertThatThrownBy(() -> site.client.execute(slow, response -> "answered"))
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessage("Read timed out");
                HttpGet never =
                        new HttpGet("http://localhost:" + nobody.address().getPort() + "/");
                assertThatThrownBy(() -> site.client.execute(never, response -> "answered"))
                        .isInstanceOf(ConnectTimeoutException.class)
                        .hasMessageContaining("Connect timed out");
            });
            sockets.checkMade(site.before, 2, 1, 0);
        }
    }

    @EverySockets
    void aRequestIsCancelledFromAnotherThread(Sockets sockets, Caller caller) throws Exception {
        try (Site site = new Site(sockets)) {
            sockets.carryFor(caller, () -> {
                HttpGet slow = new HttpGet(site.uri("/slow"));
                Task<String> waiting = caller.start(() -> site.client.execute(slow, response -> "answered"));
                waiting.awaitWaiting();
                assertThat(slow.cancel()).isTrue();
                assertThat(waiting.failure()).isInstanceOf(IOException.class);
                assertThat(caller.call(() -> echo(site, "next"))).isEqualTo("next");
            });
            site.checkConnections(2);
        }
    }

    @EverySockets
    void everyByteOfALargeBodyArrives(Sockets sockets, Caller caller) throws Exception {
        long bytes = Load.mebibytes(1024, 64);
        String digest = Load.digestOfLines(SEED, bytes);
        try (Site site = new Site(sockets)) {
            sockets.carry(caller, () -> {
                HttpPost up = new HttpPost(site.uri("/digest"));
                up.setEntity(
                        new InputStreamEntity(Load.lines(SEED, bytes), bytes, ContentType.APPLICATION_OCTET_STREAM));
                assertThat(site.client.<String>execute(up, response -> EntityUtils.toString(response.getEntity())))
                        .isEqualTo(digest);
                HttpGet down = new HttpGet(site.uri("/lines?" + bytes));
                assertThat(site.client.<String>execute(down, response -> digest(response.getEntity())))
                        .isEqualTo(digest);
            });
            site.checkConnections(1);
        }
    }

    private static String digest(HttpEntity entity) throws IOException {
        Load.Digest digest = new Load.Digest();
        entity.writeTo(digest);
        return digest.hex();
    }

    /** A server and its client. */
    private static final class Site implements AutoCloseable {
        private final Set<SocketAddress> connections = ConcurrentHashMap.newKeySet();
        private volatile @Nullable HttpConnection newest;
        private final CountDownLatch closed = new CountDownLatch(1);
        private final DefaultBHttpServerConnectionFactory connectionFactory =
                DefaultBHttpServerConnectionFactory.builder().build();
        private final HttpServer server;
        private final CloseableHttpClient client;
        private final PoolingHttpClientConnectionManager pool;
        private final Sockets sockets;
        private final Made before;

        Site(Sockets sockets) throws IOException {
            this.sockets = sockets;
            before = sockets.made();
            server = ServerBootstrap.bootstrap()
                    .setLocalAddress(InetAddress.getLoopbackAddress())
                    .setListenerPort(0)
                    .setCanonicalHostName("localhost")
                    .setServerSocketFactory(sockets.serverFactory())
                    .setSocketConfig(SocketConfig.custom()
                            .setSoTimeout(Timeout.ofSeconds(30))
                            .setTcpNoDelay(true)
                            .build())
                    .setConnectionFactory(socket -> {
                        DefaultBHttpServerConnection connection = connectionFactory.createConnection(socket);
                        newest = connection;
                        return connection;
                    })
                    .register(
                            "/echo",
                            counting((request, response, context) ->
                                    response.setEntity(new StringEntity(text(request)))))
                    .register(
                            "/digest",
                            counting((request, response, context) ->
                                    response.setEntity(new StringEntity(digest(request.getEntity())))))
                    .register("/lines", counting((request, response, context) -> {
                        String path = request.getPath();
                        long bytes = Long.parseLong(path.substring(path.indexOf('?') + 1));
                        response.setEntity(new InputStreamEntity(
                                Load.lines(SEED, bytes), bytes, ContentType.APPLICATION_OCTET_STREAM));
                    }))
                    .register("/slow", counting((request, response, context) -> {
                        try {
                            closed.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }))
                    .create();
            pool = new OnSockets(sockets)
                    .setMaxConnTotal(POOL)
                    .setMaxConnPerRoute(POOL)
                    .setDefaultConnectionConfig(ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.ofMilliseconds(500))
                            .setSocketTimeout(Timeout.ofSeconds(30))
                            .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS)
                            .build())
                    .build();
            client = HttpClients.custom()
                    .setConnectionManager(pool)
                    .disableAutomaticRetries()
                    .build();
            server.start();
        }

        private static String text(ClassicHttpRequest request) throws IOException {
            byte[] text = EntityUtils.toByteArray(request.getEntity());
            return new String(text, ContentType.TEXT_PLAIN.getCharset());
        }

        private HttpRequestHandler counting(HttpRequestHandler handler) {
            return (request, response, context) -> {
                EndpointDetails ends = HttpCoreContext.cast(context).getEndpointDetails();
                connections.add(ends.getRemoteAddress());
                handler.handle(request, response, context);
            };
        }

        /** Fails unless both ends of so many connections are on these sockets. */
        void checkConnections(int n) {
            sockets.checkMade(before, n, 1, n);
        }

        String uri(String path) {
            return "http://localhost:" + server.getLocalPort() + path;
        }

        /** The server closes the newest connection, and the end has arrived at the client when this returns. */
        void closeNewest() throws Exception {
            HttpConnection connection = Objects.requireNonNull(newest);
            InetSocketAddress here = (InetSocketAddress) connection.getRemoteAddress();
            InetSocketAddress there = (InetSocketAddress) connection.getLocalAddress();
            connection.close(CloseMode.IMMEDIATE);
            Await.until("the end has arrived", () -> TcpState.of(here, there) != TcpState.ESTABLISHED);
        }

        @Override
        public void close() throws IOException {
            closed.countDown();
            client.close();
            server.close(CloseMode.IMMEDIATE);
        }
    }

    /** The hook of HttpClient: who makes sockets is asked for by the builder of the pool. */
    private static final class OnSockets extends PoolingHttpClientConnectionManagerBuilder {
        private final Sockets sockets;

        OnSockets(Sockets sockets) {
            this.sockets = sockets;
        }

        @Override
        protected HttpClientConnectionOperator createConnectionOperator(
                SchemePortResolver ports, DnsResolver names, TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(
                    proxy -> sockets.factory().createSocket(),
                    ports,
                    names,
                    RegistryBuilder.<TlsSocketStrategy>create()
                            .register("https", tls)
                            .build());
        }
    }
}
