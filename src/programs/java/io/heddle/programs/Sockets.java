package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.Heddle;
import io.heddle.Statistics;
import io.heddle.javanet.HeddleServerSocketFactory;
import io.heddle.javanet.HeddleSocketFactory;
import io.heddle.testing.Caller;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.params.provider.Arguments;

/** Whose sockets a program is given. */
enum Sockets {
    /** Ours. */
    HEDDLE {
        @Override
        SocketFactory factory() {
            return HeddleSocketFactory.getDefault();
        }

        @Override
        ServerSocketFactory serverFactory() {
            return HeddleServerSocketFactory.getDefault();
        }
    },
    /** The JDK's: the oracle, which shows that a test asks for what the program does. */
    JDK {
        @Override
        SocketFactory factory() {
            return SocketFactory.getDefault();
        }

        @Override
        ServerSocketFactory serverFactory() {
            return ServerSocketFactory.getDefault();
        }
    };

    abstract SocketFactory factory();

    abstract ServerSocketFactory serverFactory();

    /** A parameter of a driver's URL, by which it makes its socket factory; for the JDK's there is none. */
    String parameter(String name) {
        return this == JDK ? "" : "&" + name + "=" + factory().getClass().getName();
    }

    /** Has it done by such a caller, and looks who carried it: pollers for its kind of thread. */
    void carry(Caller caller, Caller.Work work) throws Exception {
        carryFor(caller, () -> caller.run(work));
    }

    /** Does it; such callers wait for the network. Pollers for their kind of thread must tell of it. */
    void carryFor(Caller caller, Caller.Work work) throws Exception {
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
