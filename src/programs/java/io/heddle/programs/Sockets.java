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

    /** Has it done by such a caller, and looks who carried it. */
    void carry(Caller caller, Caller.Work work) throws Exception {
        carry(() -> caller.run(work));
    }

    /** Does it, and looks who carried it: either pollers of ours have reported its sockets, or ours did nothing. */
    void carry(Caller.Work work) throws Exception {
        long before = events();
        work.run();
        long events = events() - before;
        if (this == HEDDLE) {
            assertThat(events).as("events of our pollers").isPositive();
        } else {
            assertThat(events).as("events of our pollers").isZero();
        }
    }

    /** What pollers of ours have reported in this process. */
    static long events() {
        Statistics statistics = Heddle.shared().statistics();
        return statistics.carriers().stream()
                        .mapToLong(Statistics.Carrier::events)
                        .sum()
                + statistics.hostedPollers().stream()
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
