package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Await;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a poll opens, how, and what is left of it when something fails. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HygieneTest {
    private static final int O_CLOEXEC = 0x80000;

    /** Descriptors of polls and their wakers, by number. */
    private static Map<Path, String> descriptors() throws IOException {
        Map<Path, String> open = new TreeMap<>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                try {
                    String target = Files.readSymbolicLink(number).toString();
                    if (target.startsWith("anon_inode:") || target.startsWith("pipe:")) {
                        open.put(number.getFileName(), target);
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    open.remove(number.getFileName());
                }
            }
        }
        return open;
    }

    private static Set<Path> since(Map<Path, String> before) throws IOException {
        Map<Path, String> now = descriptors();
        Set<Path> fresh = new TreeSet<>(now.keySet());
        fresh.removeIf(number -> Objects.equals(now.get(number), before.get(number)));
        return fresh;
    }

    private static int flags(Path number) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo").resolve(number))) {
            if (line.startsWith("flags:")) {
                return Integer.parseInt(line.substring(6).strip(), 8);
            }
        }
        throw new AssertionError("no flags: fd=" + number);
    }

    /** #1491, #1092, #1635: close-on-exec on everything, and everything is closed. */
    @EveryKind
    void everyDescriptorIsClosedOnExecAndInTheEnd(Kind kind) throws Exception {
        Map<Path, String> before = descriptors();
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            waker.wake();
            Set<Path> ours = since(before);
            int doorbell = kind.toString().endsWith("PIPE") ? 2 : 1;
            if (kind.isKqueue()) {
                // How many a libkqueue needs is its own business.
                assertThat(ours).hasSizeGreaterThan(doorbell);
            } else {
                assertThat(ours).hasSize(doorbell + (kind.isEpoll() ? 1 : 0));
            }
            for (Path number : ours) {
                assertThat(flags(number) & O_CLOEXEC).as("fd=%s", number).isEqualTo(O_CLOEXEC);
            }
        }
        expectNoneSince(before);
    }

    private static void expectNoneSince(Map<Path, String> before) throws Exception {
        // A libkqueue has a thread that closes what it has opened, when it sees that its descriptor is closed.
        Await.until("nothing is open that was not before", () -> since(before).isEmpty());
    }

    /** #1635: what was opened before the step that fails is closed. */
    @EveryKind
    void aFailedOpenLeavesNothing(Kind kind) throws Exception {
        Map<Path, String> before = descriptors();
        for (String function :
                new String[] {"eventfd", "pipe2", "epoll_create1", "epoll_ctl", "kqueue", "kevent", "fcntl"}) {
            for (int errno : new int[] {Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM}) {
                try (FaultPlan plan = FaultPlan.failing(function, errno, 1)) {
                    boolean opened = true;
                    try {
                        kind.open().close();
                    } catch (IOException e) {
                        opened = false;
                        assertThat(e.getMessage())
                                .contains(function.equals("fcntl") ? "kqueue" : function)
                                .contains(Errno.name(errno));
                    }
                    assertThat(opened).as(function).isNotEqualTo(plan.wasMet());
                }
                expectNoneSince(before);
            }
        }
    }

    /** #1516: a poll that has failed can be tried again. */
    @EveryKind
    void aPollThatHasFailedCanBeTriedAgain(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        Kernel.add(counter, 1);
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(counter), 7, Interest.READABLE);
            try (FaultPlan plan = FaultPlan.failing(kind.wait, Errno.ENOMEM, 1)) {
                assertThatThrownBy(() -> polling.once(Duration.ZERO))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("ENOMEM");
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
        }
        Kernel.close(counter);
    }

    /** #361, #1972: the kernel goes on watching what is closed while a duplicate is open; its events reach nobody. */
    @EveryKind
    void aDuplicateOfWhatWasClosedAndDeregisteredIsReportedToNobody(Kind kind) throws Exception {
        int[] ends = Kernel.unixPair();
        int number = ends[0];
        FdSource source = FdSource.of(number);
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            polling.registry.register(source, 7, Interest.READABLE);
            int duplicate = Kernel.duplicate(number);
            Kernel.close(number);
            source.deregisterIfRegistered();
            Kernel.write(ends[1], 1);
            polling.expectNothing();
            waker.wake();
            polling.next(1);
            Kernel.close(duplicate);
        }
        Kernel.close(ends[1]);
    }

    /** #1722: a pipe that is not drained would end every poll from now on, or none. */
    @EveryKind
    void aRingIsForgottenWithItsPoll(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            for (int i = 0; i < 100; i++) {
                waker.wake();
                assertThat(polling.next(1)).isEqualTo(Seen.READABLE);
            }
            try (FaultPlan plan = FaultPlan.counting()) {
                assertThat(polling.once(Duration.ofMillis(2))).isEmpty();
                assertThat(plan.calls("read")).isZero();
                assertThat(plan.calls(kind.nanosecondWait)).isBetween(1, 2);
            }
        }
    }

    /** #1635: an Error is a step that fails, too. */
    @Test
    void nothingIsLeftWhereThereIsNoMemory() throws Exception {
        List<String> flags = new ArrayList<>(List.of("-XX:MaxDirectMemorySize=" + NoMemoryProgram.LIMIT));
        String kqueue = System.getProperty("heddle.kqueue.library");
        if (kqueue != null) {
            flags.add("-Dheddle.kqueue.library=" + kqueue);
        }
        try (ChildJvm child = ChildJvm.start(NoMemoryProgram.class, flags.toArray(String[]::new))) {
            assertThat(child.await("wrong ")).as(child::seen).isEqualTo("[]");
        }
    }

    @Test
    void waitsGoOnWithoutNanoseconds() throws Exception {
        try (ChildJvm child = ChildJvm.start(NoNanosecondsProgram.class, "-Dheddle.faults=true")) {
            assertThat(child.await("wrong ")).as(child::seen).isEqualTo("[]");
        }
    }
}
