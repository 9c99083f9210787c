package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PacketRoomTest {
    private static final String LENGTHS = "[3, 50, 0, 100, 100, 7, 70]";

    @Test
    void aPacketKeepsItsRoomWhereJavaLangIsOpen() throws Exception {
        try (ChildJvm child = ChildJvm.start(PacketRoomProgram.class)) {
            assertThat(child.await("lengths")).isEqualTo(LENGTHS);
        }
    }

    @Test
    void andWhereNothingIs() throws Exception {
        try (ChildJvm child = ChildJvm.startWithoutOpens(PacketRoomProgram.class)) {
            assertThat(child.await("lengths")).isEqualTo(LENGTHS);
        }
    }
}
