package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link FaultSweepTest} cannot reach, as it is done once in a process: the start, and the choice of the wait. */
@Behaviour
class FaultyStartTest {
    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSYS, Errno.EPERM})
    void aStartThatFailsIsTriedAgainAndWaitsGoOnWithoutNanoseconds(int errno) throws Exception {
        try (ChildJvm child = ChildJvm.start(
                FaultyStartProgram.class,
                "-Dheddle.faults=true",
                "-Dfaulty.errno=" + errno,
                "-XX:ActiveProcessorCount=2")) {
            assertThat(child.await("wrong ")).as(child::seen).isEqualTo("[]");
        }
    }
}
