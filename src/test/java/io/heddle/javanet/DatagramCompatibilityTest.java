package io.heddle.javanet;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same calls on the JDK's datagram sockets and on ours, from each kind of thread: results, state, exception types
 * and texts must be the same. {@code OracleDatagramTest} has more of what threads wait for.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramCompatibilityTest {
    static Stream<Arguments> everyScript() {
        return Stream.of(Caller.values())
                .flatMap(caller -> DatagramScripts.all().stream().map(script -> Arguments.of(script, caller)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("everyScript")
    void oursDoWhatTheJdksDo(Scripts.Script script, Caller caller) throws Exception {
        List<String> theirs = CompatibilityTest.oracle(script, caller);
        CompatibilityTest.assertSame(script.run(caller, Scene.Maker.HEDDLE), theirs);
    }
}
