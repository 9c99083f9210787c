package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.providers.PooledConnectionProvider;
import redis.embedded.RedisServer;

/** Jedis, which takes an object that makes its sockets, against Redis. */
@Program
class RedisTest {
    private static final int COMMANDS = 10_000;
    private static final int MESSAGES = 100;
    private static final int POOL = 32;
    private static final int VIRTUAL_THREADS = 2000;
    private static final int PLATFORM_THREADS = 200;

    private static final JedisClientConfig CONFIG =
            DefaultJedisClientConfig.builder().socketTimeoutMillis(30_000).build();

    private static RedisServer server;

    @BeforeAll
    static void startServer() throws IOException {
        server = start(Ports.free());
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.stop();
    }

    private static RedisServer start(int port) throws IOException {
        RedisServer server = RedisServer.newRedisServer()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .setting("daemonize no")
                .build();
        server.start();
        return server;
    }

    private static int port() {
        return server.ports().getFirst();
    }

    /** As Jedis itself does it. */
    private static JedisSocketFactory factory(Sockets sockets, int port, JedisClientConfig config) {
        return () -> {
            try {
                Socket socket = sockets.factory().createSocket();
                try {
                    socket.setReuseAddress(true);
                    socket.setKeepAlive(true);
                    socket.setTcpNoDelay(true);
                    socket.setSoLinger(true, 0);
                    socket.connect(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                            config.getConnectionTimeoutMillis());
                    socket.setSoTimeout(config.getSocketTimeoutMillis());
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new JedisConnectionException("no connection: port=" + port, e);
            }
        };
    }

    private static Jedis connect(Sockets sockets, JedisClientConfig config) {
        return new Jedis(factory(sockets, port(), config), config);
    }

    private static RedisClient pool(Sockets sockets, int port) {
        ConnectionPoolConfig sizes = new ConnectionPoolConfig();
        sizes.setMaxTotal(POOL);
        sizes.setMaxIdle(POOL);
        // Without a limit its borrowers spin while the pool grows, and virtual threads that spin leave no carrier to
        // those that make the connections: on the JDK's scheduler, too.
        sizes.setMaxWait(Duration.ofMinutes(1));
        return RedisClient.builder()
                .connectionProvider(new PooledConnectionProvider(
                        new ConnectionFactory(factory(sockets, port, CONFIG), CONFIG), sizes))
                .build();
    }

    @EverySockets
    void aPipelineIsAnsweredInOrder(Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            try (Jedis jedis = connect(sockets, CONFIG)) {
                List<Response<String>> answers = new ArrayList<>();
                try (Pipeline pipeline = jedis.pipelined()) {
                    for (int i = 0; i < COMMANDS; i++) {
                        Response<String> set = pipeline.set("key " + i, "value " + i);
                        answers.add(pipeline.get("key " + i));
                        assert set != null;
                    }
                }
                for (int i = 0; i < COMMANDS; i++) {
                    assertThat(answers.get(i).get()).isEqualTo("value " + i);
                }
                assertThat(jedis.flushAll()).isEqualTo("OK");
            }
        });
    }

    @EverySockets
    void aBlockedSubscriberGetsEveryMessage(Sockets sockets, Caller caller) throws Exception {
        Subscriber subscriber = new Subscriber();
        sockets.carryFor(caller, () -> {
            try (Jedis listening = connect(sockets, CONFIG);
                    Jedis sender = connect(sockets, CONFIG)) {
                Task<Boolean> reader = caller.startRun(() -> listening.subscribe(subscriber, "news"));
                subscriber.subscribed.await();
                reader.awaitWaiting();
                for (int i = 0; i < MESSAGES; i++) {
                    assertThat(sender.publish("news", "message " + i)).isEqualTo(1);
                }
                for (int i = 0; i < MESSAGES; i++) {
                    assertThat(subscriber.messages.take()).isEqualTo("message " + i);
                }
                reader.awaitWaiting();
                // Another thread writes while the subscriber is blocked in a read.
                subscriber.unsubscribe();
                assertThat(reader.get()).isTrue();
                assertThat(listening.ping()).isEqualTo("PONG");
            }
        });
    }

    private static final class Subscriber extends JedisPubSub {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final CountDownLatch subscribed = new CountDownLatch(1);

        @Override
        public void onMessage(String channel, String message) {
            messages.add(message);
        }

        @Override
        public void onSubscribe(String channel, int channels) {
            subscribed.countDown();
        }
    }

    @EverySockets
    void aBlockingPopWaitsForItsTimeoutOrItsElement(Sockets sockets, Caller caller) throws Exception {
        JedisClientConfig impatient = DefaultJedisClientConfig.builder()
                .socketTimeoutMillis(30_000)
                .blockingSocketTimeoutMillis(50)
                .build();
        sockets.carryFor(caller, () -> {
            try (Jedis popping = connect(sockets, CONFIG);
                    Jedis pushing = connect(sockets, CONFIG)) {
                assertThat(caller.<Object>call(() -> String.valueOf(popping.blpop(0.02, "queue"))))
                        .isEqualTo("null");
                Task<List<String>> pop = caller.start(() -> popping.blpop(0, "queue"));
                pop.awaitWaiting();
                assertThat(pushing.rpush("queue", "element")).isEqualTo(1);
                assertThat(pop.get()).containsExactly("queue", "element");
            }
            caller.run(() -> {
                try (Jedis popping = connect(sockets, impatient)) {
                    assertThatThrownBy(() -> popping.blpop(0, "queue"))
                            .isInstanceOf(JedisConnectionException.class)
                            .hasRootCauseInstanceOf(SocketTimeoutException.class)
                            .hasRootCauseMessage("Read timed out");
                    assertThat(popping.isBroken()).isTrue();
                }
            });
        });
    }

    @EverySockets
    void aPoolServesThousandsOfThreads(Sockets sockets, Caller caller) throws Exception {
        int threads = caller.isVirtual() ? VIRTUAL_THREADS : PLATFORM_THREADS;
        try (RedisClient redis = pool(sockets, port())) {
            sockets.carryFor(caller, () -> {
                List<Task<String>> users = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    String key = "user " + i;
                    users.add(caller.start(() -> {
                        redis.set(key, "value of " + key);
                        redis.incr("users");
                        return redis.get(key);
                    }));
                }
                for (int i = 0; i < threads; i++) {
                    assertThat(users.get(i).get()).isEqualTo("value of user " + i);
                }
                assertThat(redis.get("users")).isEqualTo(String.valueOf(threads));
                assertThat(redis.flushAll()).isEqualTo("OK");
            });
            assertThat(redis.getPool().getCreatedCount()).isBetween(1L, (long) POOL);
        }
    }

    @EverySockets
    void aServerIsKilledAndComesBack(Sockets sockets, Caller caller) throws Exception {
        int port = Ports.free();
        RedisServer first = start(port);
        try (RedisClient redis = pool(sockets, port);
                Jedis blocked = new Jedis(factory(sockets, port, CONFIG), CONFIG)) {
            sockets.carryFor(caller, () -> {
                caller.run(() -> assertThat(redis.set("key", "value")).isEqualTo("OK"));
                long pid = pid(blocked);
                Task<List<String>> pop = caller.start(() -> blocked.blpop(0, "queue"));
                pop.awaitWaiting();
                kill(pid);
                assertThat(pop.failure()).isInstanceOf(JedisConnectionException.class);
                assertThat(caller.failureOf(() -> redis.get("key"))).isInstanceOf(JedisConnectionException.class);
                RedisServer second = start(port);
                try {
                    caller.run(() -> {
                        assertThat(redis.set("key", "another value")).isEqualTo("OK");
                        assertThat(redis.get("key")).isEqualTo("another value");
                    });
                } finally {
                    second.stop();
                }
            });
        } finally {
            first.stop();
        }
    }

    private static long pid(Jedis jedis) {
        return jedis.info("server")
                .lines()
                .filter(line -> line.startsWith("process_id:"))
                .mapToLong(line -> Long.parseLong(line.substring("process_id:".length())))
                .findFirst()
                .orElseThrow();
    }

    private static void kill(long pid) {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        assertThat(process.onExit().join().isAlive()).isFalse();
    }
}
