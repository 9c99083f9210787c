package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same calls on the JDK's sockets and on ours, from each kind of thread: results, state, exception types and texts
 * must be the same. The tests named {@code Oracle} have more of what threads wait for.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompatibilityTest {
    static Stream<Arguments> everyScript() {
        return Stream.of(Caller.values())
                .flatMap(caller -> Scripts.of(caller).stream().map(script -> Arguments.of(script, caller)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("everyScript")
    void oursDoWhatTheJdksDo(Scripts.Script script, Caller caller) throws Exception {
        List<String> theirs = oracle(script, caller);
        for (Scene.Maker ours : List.of(Scene.Maker.HEDDLE, Scene.Maker.FACTORY)) {
            assertSame(script.run(caller, ours), theirs);
        }
    }

    static List<String> oracle(Scripts.Script script, Caller caller) throws Exception {
        return script.run(caller.isVirtual() ? Caller.JDK_VIRTUAL_THREAD : caller, Scene.Maker.JDK);
    }

    /** Ours go on after the JDK's words with what to do, and the errno. */
    static void assertSame(List<String> ours, List<String> theirs) {
        assertThat(ours).hasSameSizeAs(theirs);
        assertThat(IntStream.range(0, ours.size())
                        .filter(i -> !isSame(ours.get(i), theirs.get(i)))
                        .mapToObj(i -> ours.get(i) + ", and the JDK: " + theirs.get(i)))
                .isEmpty();
    }

    private static boolean isSame(String ours, String theirs) {
        return ours.equals(theirs) || ours.startsWith(theirs + ": ");
    }
}
