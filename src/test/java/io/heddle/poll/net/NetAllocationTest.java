package io.heddle.poll.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Once everything is compiled, reads and writes make no garbage, whatever the buffer. */
@Leakproof
class NetAllocationTest {
    private static final int ROUNDS_MAX = 1_000;
    private static final int TURNS = 1_000;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesReadsAndReadsInVain(boolean direct) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(64) : ByteBuffer.allocate(64);
        UnixStream[] pair = UnixStream.pair();
        try (UnixStream near = pair[0];
                UnixStream far = pair[1]) {
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS_MAX && allocated != 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < TURNS; i++) {
                    near.write(buffer.clear());
                    far.read(buffer.clear());
                    far.read(buffer.clear());
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated).as("bytes of %d turns", TURNS).isZero();
        }
    }
}
