package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that is told to leave IPv6 alone. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Ipv4OnlyTest {
    private static final int CALLS = 7;

    @Test
    void anIpv6AddressIsRefusedAsByTheJdk() throws Exception {
        try (ChildJvm child = ChildJvm.start(Ipv4OnlyProgram.class, "-Djava.net.preferIPv4Stack=true")) {
            List<String> jdk = new ArrayList<>();
            List<String> heddle = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                jdk.add(child.await("jdk -> "));
            }
            for (int i = 0; i < CALLS; i++) {
                heddle.add(child.await("heddle -> "));
            }
            assertThat(jdk).containsOnly("java.net.SocketException: IPv6 protocol family unavailable");
            assertThat(heddle).isEqualTo(jdk);
        }
    }
}
