package io.heddle.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whether there is IPv6 is asked of the kernel once, unless it cannot tell. */
@ExtendWith(NoLeaks.class)
class FamiliesTest {
    private final Families.Ipv6 ipv6 = new Families.Ipv6();

    private boolean isAvailableIfSocketFailsWith(int errno) {
        try (FaultPlan plan = FaultPlan.failingAlways("socket", errno)) {
            boolean answer = ipv6.isAvailable();
            assertThat(plan.wasMet()).isTrue();
            return answer;
        }
    }

    @Test
    void aLackOfDescriptorsOrMemoryTellsNothing() {
        assertThat(isAvailableIfSocketFailsWith(Errno.EMFILE)).isTrue();
        assertThat(isAvailableIfSocketFailsWith(Errno.ENOMEM)).isTrue();
        assertThat(isAvailableIfSocketFailsWith(Errno.EAFNOSUPPORT)).isFalse();
    }

    @Test
    void whatTheKernelSaysIsKept() {
        assertThat(isAvailableIfSocketFailsWith(Errno.EAFNOSUPPORT)).isFalse();
        try (FaultPlan plan = FaultPlan.counting()) {
            assertThat(ipv6.isAvailable()).isFalse();
            assertThat(plan.calls("socket")).isZero();
        }
    }
}
