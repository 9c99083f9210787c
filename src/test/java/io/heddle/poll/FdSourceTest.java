package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.NoLeaksInClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of descriptor that can be waited for, and what cannot. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FdSourceTest {
    /** A number that nobody has. */
    private static final int UNUSED = 19_000;

    private static final Interest BOTH = Interest.READABLE.add(Interest.WRITABLE);

    @EveryKind
    void aCounter(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        FdSource source = FdSource.of(counter);
        try (Polling polling = kind.open()) {
            polling.registry.register(source, 7, BOTH);
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            for (int i = 0; i < 3; i++) {
                Kernel.add(counter, 1);
                // Whoever adds wakes those who wait for room, too: where the kernel makes the edges, that is one.
                polling.expect(7, kind.isPoll() ? Seen.READABLE : Seen.BOTH);
                assertThat(Kernel.read(counter, 8)).isEqualTo(8);
                assertThat(Kernel.read(counter, 8)).isEqualTo(-Errno.EAGAIN);
                source.wouldBlock(Interest.READABLE);
            }
        }
        Kernel.close(counter);
    }

    @EveryKind
    void aTimer(Kind kind) throws Exception {
        int timer = Kernel.timer(2_000_000);
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(timer), 7, Interest.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(Kernel.read(timer, 8)).isEqualTo(8);
            polling.expectNothing();
        }
        Kernel.close(timer);
    }

    @EveryKind
    void aSignal(Kind kind) throws Exception {
        // On one thread: a signal that is sent to a thread is seen by nobody else.
        Kernel.block(Kernel.SIGRTMAX, true);
        int signals = Kernel.signals(Kernel.SIGRTMAX);
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(signals), 7, Interest.READABLE);
            polling.expectNothing();
            Kernel.signalSelf(Kernel.SIGRTMAX);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(Kernel.read(signals, 128)).isEqualTo(128);
            polling.expectNothing();
        }
        Kernel.close(signals);
        Kernel.block(Kernel.SIGRTMAX, false);
    }

    @EveryKind
    void aDirectoryThatChanges(Kind kind, @TempDir Path directory) throws Exception {
        int creations = Kernel.creations(directory.toString());
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(creations), 7, Interest.READABLE);
            polling.expectNothing();
            Files.createFile(directory.resolve("file"));
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(Kernel.read(creations, 1000)).isPositive();
            polling.expectNothing();
        }
        Kernel.close(creations);
    }

    @EveryKind
    void aProcessThatEnds(Kind kind) throws Exception {
        Process child = new ProcessBuilder("cat").start();
        int pidfd = Kernel.process(child.pid());
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(pidfd), 7, Interest.READABLE);
            polling.expectNothing();
            child.getOutputStream().close();
            assertThat(polling.next(7).readable()).isTrue();
        }
        Kernel.close(pidfd);
        assertThat(child.waitFor()).isZero();
    }

    @EveryKind
    void aTerminal(Kind kind) throws Exception {
        int[] ends = Kernel.terminal();
        FdSource master = FdSource.of(ends[0]);
        FdSource terminal = FdSource.of(ends[1]);
        try (Polling polling = kind.open()) {
            polling.registry.register(terminal, 7, Interest.READABLE);
            polling.registry.register(master, 8, Interest.READABLE);
            polling.expectNothing();
            Kernel.write(ends[1], 1);
            assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
            polling.registry.deregister(terminal);
            polling.registry.deregister(master);
        }
        Kernel.close(ends[1]);
        Kernel.close(ends[0]);
    }

    @EveryKind
    void aRegularFileIsRefusedOrAlwaysReady(Kind kind) throws Exception {
        int regular = Kernel.open("pom.xml");
        try (Polling polling = kind.open()) {
            FdSource source = FdSource.of(regular);
            if (kind.isEpoll()) {
                assertThatThrownBy(() -> polling.registry.register(source, 7, Interest.READABLE))
                        .isInstanceOf(IOException.class)
                        .hasMessage("epoll watches what can be waited for, not regular files and directories:"
                                + " epoll_ctl: errno=EPERM, fd=" + regular);
                assertThatThrownBy(() -> polling.registry.deregister(source)).isInstanceOf(IllegalStateException.class);
            } else {
                polling.registry.register(source, 7, Interest.READABLE);
                assertThat(polling.next(7).readable()).isTrue();
            }
        }
        Kernel.close(regular);
    }

    @EveryKind
    void aClosedDescriptorIsRefused(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            for (int number : new int[] {UNUSED, Integer.MAX_VALUE}) {
                FdSource source = FdSource.of(number);
                assertThatThrownBy(() -> polling.registry.register(source, 7, Interest.READABLE))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("EBADF");
                assertThatThrownBy(() -> polling.registry.deregister(source)).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @EveryKind
    void aDescriptorThatIsClosedWhileItIsRegisteredIsForgottenOrInError(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        FdSource source = FdSource.of(counter);
        try (Polling polling = kind.open()) {
            polling.registry.register(source, 7, Interest.READABLE, Trigger.LEVEL);
            Kernel.close(counter);
            if (kind.isPoll()) {
                assertThat(polling.next(7).error()).isTrue();
            }
            polling.expectNothing();
            source.deregisterIfRegistered();
        }
    }

    @Test
    void aDescriptorHasANumber() {
        assertThatThrownBy(() -> FdSource.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a descriptor has a number of 0 or more: fd=-1");
        assertThat(FdSource.of(3).fd()).isEqualTo(3);
        assertThat(FdSource.of(3)).hasToString("FdSource[fd=3]");
    }
}
