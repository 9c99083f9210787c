package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bells that ring as loud as they can, and the pipe of systems that have no pipe2(2), which Linux has, too. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DoorbellTest {
    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    /** What /proc shows besides, on systems of 64 bits. */
    private static final int O_LARGEFILE = 0x8000;

    private static final long COUNTER_MAX = -2;
    private static final int RINGS_OF_A_FULL_PIPE = 65_536 / 8;

    private static List<String> pipes() throws IOException {
        List<String> open = new ArrayList<>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                try {
                    String target = Files.readSymbolicLink(number).toString();
                    if (target.startsWith("pipe:")) {
                        open.add(number.getFileName() + "=" + target);
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    assert !open.contains(number.toString());
                }
            }
        }
        open.sort(null);
        return open;
    }

    private static int flags(int fd) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", String.valueOf(fd)))) {
            if (line.startsWith("flags:")) {
                return Integer.parseInt(line.substring(6).strip(), 8) & ~O_LARGEFILE;
            }
        }
        throw new AssertionError("no flags: fd=" + fd);
    }

    /** #1092, #1095: F_SETFD and F_SETFL each with its own flags, for both ends, and those that there were are kept. */
    @Test
    void bothEndsOfAPosixPipeAreCloseOnExecAndDoNotBlock() throws Exception {
        int[] ends = new int[2];
        try (FaultPlan plan = FaultPlan.counting()) {
            assertThat(PosixPipe.open(ends, O_NONBLOCK)).isZero();
            assertThat(plan.calls("pipe")).isEqualTo(1);
            assertThat(plan.calls("fcntl")).isEqualTo(6);
        }
        assertThat(flags(ends[0])).isEqualTo(O_CLOEXEC | O_NONBLOCK);
        assertThat(flags(ends[1])).isEqualTo(O_CLOEXEC | O_NONBLOCK | O_WRONLY);
        assertThat(Kernel.read(ends[0], 1)).isEqualTo(-Errno.EAGAIN);
        assertThat(Kernel.write(ends[1], 1)).isEqualTo(1);
        assertThat(Kernel.read(ends[0], 2)).isEqualTo(1);
        Kernel.close(ends[0]);
        Kernel.close(ends[1]);
    }

    /** #1635: whichever step fails. */
    @Test
    void ofAPosixPipeThatFailsHalfWayNothingIsLeft() throws Exception {
        List<String> before = pipes();
        for (int step = 1; step <= 6; step++) {
            try (FaultPlan plan = FaultPlan.failing("fcntl", Errno.EINVAL, step)) {
                assertThat(PosixPipe.open(new int[2], O_NONBLOCK)).isEqualTo(-Errno.EINVAL);
                assertThat(plan.wasMet()).isTrue();
                assertThat(plan.calls("fcntl")).isEqualTo(step);
            }
            assertThat(pipes()).as("step=%d", step).isEqualTo(before);
        }
    }

    @Test
    void theBellOfABsdHasBothEndsAndClosesThem() throws Exception {
        List<String> before = pipes();
        try (FaultPlan plan = FaultPlan.failing("pipe", Errno.EMFILE, 1)) {
            assertThatThrownBy(Doorbell::openBsdPipe)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("pipe: errno=EMFILE");
            assertThat(plan.wasMet()).isTrue();
        }
        // Its number for O_NONBLOCK means nothing on Linux: this one would block, and is not rung.
        Doorbell bell = Doorbell.openBsdPipe();
        assertThat(pipes()).hasSize(before.size() + 2);
        assertThat(flags(bell.fd()) & O_CLOEXEC).isEqualTo(O_CLOEXEC);
        bell.close();
        assertThat(pipes()).isEqualTo(before);
    }

    /** #1826: at its ceiling a counter refuses more, and rings. */
    @Test
    void aCounterAtItsCeilingRingsAndIsForgottenLikeAnyOther() throws Exception {
        Doorbell bell = Doorbell.open();
        Kernel.add(bell.fd(), COUNTER_MAX);
        bell.ring();
        expectOneForgets(bell);
        bell.close();
    }

    @Test
    void aFullPipeRingsAndIsForgottenLikeAnyOther() throws Exception {
        Doorbell bell = Doorbell.openPipe();
        for (int i = 0; i < RINGS_OF_A_FULL_PIPE + 10; i++) {
            bell.ring();
        }
        assertThat(Fd.readable(bell.fd())).isEqualTo(RINGS_OF_A_FULL_PIPE * 8);
        expectOneForgets(bell);
        bell.close();
    }

    private static void expectOneForgets(Doorbell bell) {
        bell.reset(Scratch.own());
        assertThat(Kernel.read(bell.fd(), 8)).isEqualTo(-Errno.EAGAIN);
        bell.ring();
        assertThat(Kernel.read(bell.fd(), 8)).isEqualTo(8);
    }
}
