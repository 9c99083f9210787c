package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

/** pgjdbc, which takes a socket factory by name, against PostgreSQL. */
@Program
class PostgresTest {
    private static final int ROWS = 2000;
    private static final int POOL = 20;
    private static final int POOL_USERS = 200;
    private static final int USER_QUERIES = 5;

    /** Otherwise the driver takes TLS if the server has it. */
    private static final String PLAIN = "sslmode=disable";

    @TempDir
    static Path directory;

    private static EmbeddedPostgres server;

    @BeforeAll
    static void startServer() throws IOException {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        Path key = directory.resolve("server.key");
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, certificate.privateKeyPkcs8Pem());
        Files.writeString(certificateFile(), certificate.certificatePem());
        if ("root".equals(System.getProperty("user.name")) && !LinuxUtils.isUnshareAvailable()) {
            throw new IllegalStateException("PostgreSQL does not run as root, nor is there a user namespace for it"
                    + " ('unshare -U id' fails): build as another user, or allow user namespaces");
        }
        server = EmbeddedPostgres.builder()
                .setPort(Ports.free())
                .setPGStartupWait(Duration.ofMinutes(2))
                .setOverrideWorkingDirectory(Path.of("target", "programs", "postgres")
                        .toAbsolutePath()
                        .toFile())
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", certificateFile().toString())
                .setServerConfig("ssl_key_file", key.toString())
                .start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    private static Path certificateFile() {
        return directory.resolve("server.crt");
    }

    private static String url(Sockets sockets, String... parameters) {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?user=postgres"
                + sockets.parameter("socketFactory") + "&" + String.join("&", parameters);
    }

    private static Connection connect(Sockets sockets) throws SQLException {
        return DriverManager.getConnection(url(sockets, PLAIN));
    }

    private static Connection connect(Sockets sockets, String parameter) throws SQLException {
        return DriverManager.getConnection(url(sockets, PLAIN, parameter));
    }

    @EverySockets
    void preparedStatementsAnswerWhatWasWritten(Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            try (Connection connection = connect(sockets, "prepareThreshold=1")) {
                connection.setAutoCommit(false);
                execute(connection, "create temp table items (id int primary key, name text)");
                try (PreparedStatement insert = connection.prepareStatement("insert into items values (?, ?)")) {
                    for (int i = 0; i < ROWS; i++) {
                        insert.setInt(1, i);
                        insert.setString(2, "item " + i);
                        insert.addBatch();
                    }
                    assertThat(insert.executeBatch()).hasSize(ROWS);
                }
                try (PreparedStatement select =
                        connection.prepareStatement("select id, name from items where id >= ? order by id")) {
                    // With a fetch size the driver comes back for each part.
                    select.setFetchSize(100);
                    for (int from : new int[] {0, ROWS / 2, ROWS}) {
                        select.setInt(1, from);
                        assertThat(items(select)).isEqualTo(ROWS - from);
                    }
                }
            }
        });
    }

    private static int items(PreparedStatement select) throws SQLException {
        int rows = 0;
        try (ResultSet items = select.executeQuery()) {
            while (items.next()) {
                assertThat(items.getString(2)).isEqualTo("item " + items.getInt(1));
                rows++;
            }
        }
        return rows;
    }

    @EverySockets
    void copyCarriesAllBytesBothWays(Sockets sockets, Caller caller) throws Exception {
        long bytes = Load.mebibytes(sockets, caller, 100, 4);
        long seed = 7;
        sockets.carry(caller, () -> {
            try (Connection connection = connect(sockets)) {
                execute(connection, "create unlogged table copied (line text)");
                try {
                    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
                    assertThat(copies.copyIn("copy copied from stdin", Load.lines(seed, bytes)))
                            .isEqualTo(bytes / 64);
                    Load.Digest back = new Load.Digest();
                    assertThat(copies.copyOut("copy copied to stdout", back)).isEqualTo(bytes / 64);
                    assertThat(back.bytes()).isEqualTo(bytes);
                    assertThat(back.hex()).isEqualTo(Load.digestOfLines(seed, bytes));
                } finally {
                    execute(connection, "drop table copied");
                }
            }
        });
    }

    @EverySockets
    void aCancelledQueryFailsAndItsConnectionGoesOn(Sockets sockets, Caller caller) throws Exception {
        sockets.carryFor(caller, () -> {
            try (Connection connection = connect(sockets);
                    Connection other = connect(sockets);
                    Statement slow = connection.createStatement()) {
                int backend = number(connection, "select pg_backend_pid()");
                Task<Boolean> query = caller.startRun(() -> slow.execute("select pg_sleep(600)"));
                awaitSleep(other, backend);
                slow.cancel();
                assertThat(query.failure())
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("57014"));
                assertThat(number(connection, "select 42")).isEqualTo(42);
            }
        });
    }

    private static void awaitSleep(Connection connection, int backend) throws Exception {
        String sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and pid = " + backend;
        Await.until("the query sleeps", () -> number(connection, sleeping) == 1);
    }

    @EverySockets
    void timeoutsEndARead(Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            try (Connection connection = connect(sockets, "socketTimeout=1")) {
                assertReadTimesOut(connection);
            }
            try (Connection connection = connect(sockets)) {
                connection.setNetworkTimeout(Runnable::run, 50);
                assertThat(connection.getNetworkTimeout()).isEqualTo(50);
                assertReadTimesOut(connection);
            }
        });
    }

    private static void assertReadTimesOut(Connection connection) throws SQLException {
        try (Statement slow = connection.createStatement()) {
            assertThatThrownBy(() -> slow.execute("select pg_sleep(600)"))
                    .isInstanceOf(SQLException.class)
                    .hasRootCauseInstanceOf(SocketTimeoutException.class)
                    .hasRootCauseMessage("Read timed out");
        }
        assertThat(connection.isClosed()).isTrue();
    }

    @EverySockets
    void notificationsArriveWhileTheListenerPolls(Sockets sockets, Caller caller) throws Exception {
        sockets.carryFor(caller, () -> {
            try (Connection listener = connect(sockets);
                    Connection sender = connect(sockets)) {
                PGConnection polled = listener.unwrap(PGConnection.class);
                execute(listener, "listen news");
                assertThat(polled.getNotifications(1)).isNullOrEmpty();
                Task<PGNotification[]> waiting = caller.start(() -> polled.getNotifications(0));
                waiting.awaitWaiting();
                execute(sender, "notify news, 'first'");
                assertThat(waiting.get())
                        .singleElement()
                        .satisfies(news -> assertThat(news.getParameter()).isEqualTo("first"));
                execute(sender, "notify news, 'second'");
                List<String> seen = new ArrayList<>();
                Await.until("the second has come", () -> {
                    // A probe of the stream, without a statement.
                    PGNotification[] arrived = polled.getNotifications();
                    for (PGNotification news : arrived == null ? new PGNotification[0] : arrived) {
                        seen.add(news.getParameter());
                    }
                    return !seen.isEmpty();
                });
                assertThat(seen).containsExactly("second");
            }
        });
    }

    @EverySockets
    void tlsIsLayeredOnTheSocket(Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            String url = url(sockets, "sslmode=verify-full", "sslrootcert=" + certificateFile());
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement()) {
                try (ResultSet tls =
                        statement.executeQuery("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")) {
                    assertThat(tls.next()).isTrue();
                    assertThat(tls.getBoolean(1)).isTrue();
                    assertThat(tls.getString(2)).isEqualTo("TLSv1.3");
                }
                try (ResultSet text = statement.executeQuery("select repeat('heddle', 200000)")) {
                    assertThat(text.next()).isTrue();
                    assertThat(text.getString(1)).isEqualTo("heddle".repeat(200_000));
                }
            }
        });
    }

    @EverySockets
    void aPoolServes200Threads(Sockets sockets, Caller caller) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(sockets, PLAIN));
        config.setMaximumPoolSize(POOL);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            sockets.carryFor(caller, () -> {
                List<Task<Integer>> users = new ArrayList<>();
                for (int i = 0; i < POOL_USERS; i++) {
                    int user = i;
                    users.add(caller.start(() -> use(pool, user)));
                }
                for (int i = 0; i < POOL_USERS; i++) {
                    assertThat(users.get(i).get()).isEqualTo(i * USER_QUERIES);
                }
            });
            assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isBetween(1, POOL);
        }
    }

    private static int use(HikariDataSource pool, int user) throws SQLException {
        int sum = 0;
        for (int i = 0; i < USER_QUERIES; i++) {
            try (Connection connection = pool.getConnection()) {
                sum += number(connection, "select " + user);
            }
        }
        return sum;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean hasRows = statement.execute(sql);
            assert !hasRows : sql;
        }
    }

    private static int number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getInt(1);
        }
    }
}
