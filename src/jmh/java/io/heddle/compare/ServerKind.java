package io.heddle.compare;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * A kind of server.
 *
 * @param jvm has a heap to be asked for
 * @param canTimeOut has read timeouts; where not, "timeouts" runs it without, as the limit
 * @param lacks paths it does not serve
 * @param handlerBytes of an idle connection's heap, what the handler keeps for its own; -1 where unknown
 */
record ServerKind(String name, boolean jvm, boolean canTimeOut, Set<String> lacks, int handlerBytes, Build build) {

    /** Ends the name of a server with a read timeout of 30 s. */
    static final String TIMEOUT = "-timeout";

    static final int TIMEOUT_MILLIS = 30_000;

    private static final int OUR_HANDLER_BYTES = 16 + Answers.REQUEST_BYTES;

    private static final Set<String> PLAIN_ONLY =
            Set.of("/close", "/1k", "/64k", "/download", "/upload", "/proxy", "/stall");

    /** Makes the server runnable. */
    @FunctionalInterface
    interface Build {
        /** The command up to the arguments, which are: port, read timeout in milliseconds, port of the backend. */
        List<String> command() throws AbsentException, IOException, InterruptedException;
    }

    private static final List<ServerKind> ALL = List.of(
            heddle("heddle-edge", "carriers", "edge"),
            heddle("heddle-oneshot", "carriers", "oneshot"),
            heddle("heddle-hosted", "hosted", "edge"),
            poll("heddle-poll", "LEVEL"),
            poll("heddle-poll-edge", "EDGE"),
            ours("jdk-socket", JdkServer.class),
            ours("jdk-channel", JdkChannelServer.class),
            ours("jdk-poller1", JdkServer.class, "-Djdk.pollerMode=1"),
            maven("netty-epoll", "netty", "netty", "NettyServer", "-Dpeer=netty", "-Dtransport=epoll"),
            maven("netty-io_uring", "netty", "netty", "NettyServer", "-Dpeer=netty", "-Dtransport=io_uring"),
            maven("helidon-4.5.0", "helidon", "helidon-4.5.0", "HelidonServer", "-Dhelidon.version=4.5.0"),
            maven("helidon-4.3.4", "helidon", "helidon-4.3.4", "HelidonServer", "-Dhelidon.version=4.3.4"),
            new ServerKind("c-epoll", false, false, Set.of(), -1, () -> Builds.c("cepoll")),
            new ServerKind(
                    "c-io_uring",
                    false,
                    false,
                    Set.of("/download", "/upload", "/proxy"),
                    -1,
                    () -> Builds.c("curing", "-luring")),
            new ServerKind("go", false, true, Set.of(), -1, Builds::go));

    private static ServerKind heddle(String name, String scheduler, String arming) {
        return ours(name, HeddleServer.class, "-Dheddle.scheduler=" + scheduler, "-Dheddle.arming=" + arming);
    }

    private static ServerKind poll(String name, String trigger) {
        return new ServerKind(
                name, true, false, PLAIN_ONLY, -1, () -> Builds.ours(PollServer.class, "-Dtrigger=" + trigger));
    }

    private static ServerKind ours(String name, Class<?> main, String... flags) {
        return new ServerKind(name, true, true, Set.of(), OUR_HANDLER_BYTES, () -> Builds.ours(main, flags));
    }

    private static ServerKind maven(
            String name, String source, String directory, String main, String property, String... flags) {
        String qualified = "io.heddle.compare.peers." + main;
        return new ServerKind(
                name, true, true, Set.of(), -1, () -> Builds.maven(source, directory, qualified, property, flags));
    }

    static List<String> names() {
        return ALL.stream().map(ServerKind::name).toList();
    }

    /** Finds a kind by its name, with or without "-timeout". */
    static ServerKind named(String name) {
        boolean timeout = name.endsWith(TIMEOUT);
        String base = timeout ? name.substring(0, name.length() - TIMEOUT.length()) : name;
        for (ServerKind kind : ALL) {
            if (kind.name.equals(base)) {
                if (timeout && !kind.canTimeOut) {
                    throw new IllegalArgumentException("this server has no read timeouts: server=" + base);
                }
                return kind;
            }
        }
        throw new IllegalArgumentException("a server must be one of " + names() + ": server=" + name);
    }

    /** The name a server goes by in a scenario. */
    static String nameIn(Scenario scenario, String name) {
        boolean add = scenario.timeouts() && !name.endsWith(TIMEOUT) && named(name).canTimeOut;
        return add ? name + TIMEOUT : name;
    }
}
