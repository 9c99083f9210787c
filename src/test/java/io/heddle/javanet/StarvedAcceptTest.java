package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Accept in a process without descriptors: a {@code HeddleServerSocket} waits, or is told to be as the JDK's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StarvedAcceptTest {
    private static final int DESCRIPTORS = 110;
    private static final String TOO_MANY = "java.io.IOException: Too many open files";

    @Test
    void itWaits() throws Exception {
        try (ChildJvm child = ChildJvm.startWithDescriptors(DESCRIPTORS, StarvedAcceptProgram.class)) {
            assertThat(child.await("ours ")).isEqualTo("java.net.SocketTimeoutException: Accept timed out");
            assertThat(child.await("theirs ")).isEqualTo(TOO_MANY);
            assertThat(child.await("after ")).isEqualTo("connected true false");
        }
    }

    @Test
    void itFailsIfItIsToldTo() throws Exception {
        try (ChildJvm child = ChildJvm.startWithDescriptors(
                DESCRIPTORS, StarvedAcceptProgram.class, "-Dheddle.accept.emfile=throw")) {
            assertThat(child.await("ours ")).startsWith(TOO_MANY);
            assertThat(child.await("theirs ")).isEqualTo(TOO_MANY);
            assertThat(child.await("after ")).isEqualTo("connected true false");
        }
    }

    @Test
    void anotherValueIsRefused() throws Exception {
        try (ChildJvm child = ChildJvm.start(StarvedAcceptProgram.class, "-Dheddle.accept.emfile=maybe")) {
            assertThat(child.await("Exception in thread \"main\" "))
                    .isEqualTo("java.lang.IllegalArgumentException: accept.emfile must be wait or throw:"
                            + " -Dheddle.accept.emfile=maybe");
        }
    }
}
