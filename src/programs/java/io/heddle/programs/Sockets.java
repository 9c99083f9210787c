package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.Heddle;
import io.heddle.Statistics;
import io.heddle.javanet.HeddleServerSocket;
import io.heddle.javanet.HeddleServerSocketFactory;
import io.heddle.javanet.HeddleSocket;
import io.heddle.javanet.HeddleSocketFactory;
import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.LiveThreads;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.params.provider.Arguments;

/** Whose sockets a program is given. */
enum Sockets {
    /** Ours. */
    HEDDLE(new Recorder(
            HeddleSocketFactory.getDefault(),
            HeddleSocket.class,
            HeddleServerSocketFactory.getDefault(),
            HeddleServerSocket.class)),
    /** The JDK's: the oracle, which shows that a test asks for what the program does. */
    JDK(new Recorder(SocketFactory.getDefault(), Socket.class, ServerSocketFactory.getDefault(), ServerSocket.class));

    /** It counts. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Recorder recorder;

    Sockets(Recorder recorder) {
        this.recorder = recorder;
    }

    SocketFactory factory() {
        return recorder.factory();
    }

    ServerSocketFactory serverFactory() {
        return recorder.serverFactory();
    }

    /** What these factories have made so far. */
    Made made() {
        return recorder.made();
    }

    /** Fails unless so many at least were made since then, and all of them are what these sockets have to be. */
    void checkMade(Made before, int sockets, int listeners, int accepted) {
        Made now = made();
        assertThat(now.sockets() - before.sockets()).as("sockets made").isGreaterThanOrEqualTo(sockets);
        assertThat(now.listeners() - before.listeners()).as("listeners made").isGreaterThanOrEqualTo(listeners);
        assertThat(now.accepted() - before.accepted()).as("sockets accepted").isGreaterThanOrEqualTo(accepted);
    }

    /** A parameter of a driver's URL, by which it makes its socket factory; for the JDK's there is none. */
    String parameter(String name) {
        return this == JDK ? "" : "&" + name + "=" + HeddleSocketFactory.class.getName();
    }

    /** Has it done by such a caller, and looks who carried it: pollers for its kind of thread. */
    void carry(Caller caller, Caller.Work work) throws Exception {
        carryFor(caller, () -> caller.run(work));
    }

    /** Does it; such callers wait for the network. Pollers for their kind of thread must tell of it. */
    void carryFor(Caller caller, Caller.Work work) throws Exception {
        awaitCounted();
        long before = eventsFor(caller);
        carry(work);
        if (this == HEDDLE) {
            assertThat(eventsFor(caller) - before)
                    .as("events of our pollers for: caller=" + caller)
                    .isPositive();
        }
    }

    /** Does it, whoever waits: either pollers of ours have told of its sockets, or ours did nothing. */
    void carry(Caller.Work work) throws Exception {
        awaitCounted();
        long before = events();
        work.run();
        checkCarried(events() - before);
    }

    /** Fails unless so many events of our pollers are what these sockets make. */
    void checkCarried(long events) {
        if (this == HEDDLE) {
            assertThat(events).as("events of our pollers").isPositive();
        } else {
            assertThat(events).as("events of our pollers").isZero();
        }
    }

    /** Waits until all that was reported is counted: a poller wakes who waits for it before. */
    static void awaitCounted() throws Exception {
        long[] before = threadsRun();
        // A carrier that has run another thread is past that poll.
        Await.until("every carrier has run a thread", () -> {
            for (int i = 0; i < before.length; i++) {
                Caller.HEDDLE_THREAD.run(() -> {});
            }
            long[] now = threadsRun();
            return IntStream.range(0, now.length).allMatch(i -> now[i] > before[i]);
        });
        // A hosted poller that is parked has found nothing when it looked again.
        Await.until(
                "our hosted pollers are parked",
                () -> LiveThreads.dump()
                        .lines()
                        .filter(line -> line.contains(",heddle-hosted-poller-"))
                        .allMatch(line -> line.endsWith("]/waiting")));
    }

    private static long[] threadsRun() {
        return Heddle.shared().statistics().carriers().stream()
                .mapToLong(Statistics.Carrier::threadsRun)
                .toArray();
    }

    /** What pollers of ours have reported in this process. */
    static long events() {
        return eventsOfCarriers() + eventsOfHostedPollers();
    }

    /** What those pollers of ours have reported that serve such threads. */
    static long eventsFor(Caller caller) {
        boolean onCarrier =
                caller == Caller.HEDDLE_THREAD && Heddle.shared().statistics().mode() == Heddle.Mode.CARRIERS;
        return onCarrier ? eventsOfCarriers() : eventsOfHostedPollers();
    }

    private static long eventsOfCarriers() {
        return Heddle.shared().statistics().carriers().stream()
                .mapToLong(Statistics.Carrier::events)
                .sum();
    }

    private static long eventsOfHostedPollers() {
        return Heddle.shared().statistics().hostedPollers().stream()
                .mapToLong(Statistics.HostedPoller::events)
                .sum();
    }

    static Stream<Arguments> everyCaller() {
        return Stream.of(
                Arguments.of(HEDDLE, Caller.HEDDLE_THREAD),
                Arguments.of(HEDDLE, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(HEDDLE, Caller.PLATFORM_THREAD),
                Arguments.of(JDK, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(JDK, Caller.PLATFORM_THREAD));
    }
}
