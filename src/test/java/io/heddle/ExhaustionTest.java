package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be opened says so and leaves nothing behind; so do passed descriptors for which there is no room. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExhaustionTest {
    private static final int DESCRIPTORS = 110;

    @Test
    void aProcessWithoutDescriptorsIsToldSo() throws Exception {
        try (ChildJvm child = ChildJvm.startWithDescriptors(DESCRIPTORS, ExhaustedProgram.class)) {
            assertThat(child.await("read ")).isEqualTo("Descriptors were");
            assertThat(child.await("bytes ")).isEqualTo("2");
            for (String call : new String[] {"pair ", "pipe ", "udp ", "datagrams ", "connect "}) {
                assertThat(child.await(call)).isEqualTo("Too many open files");
            }
            assertThat(child.await("accept ")).isEqualTo("Accept timed out");
            assertThat(child.await("after ")).isEqualTo("opened true");
        }
    }

    @Test
    void ofTooManyDescriptorsThatArePassedThoseArriveThatHaveRoom() throws Exception {
        try (ChildJvm child = ChildJvm.startWithDescriptors(
                DESCRIPTORS, LostDescriptorsProgram.class, "-Ddescriptors=" + DESCRIPTORS)) {
            assertThat(child.await("facade "))
                    .matches("free=([5-9]) bytes=2 received=\\1 Descriptors were passed that .* leaked=0");
            assertThat(child.await("net ")).matches("free=([5-9]) bytes=2 received=\\1 lost=true leaked=0");
        }
    }
}
