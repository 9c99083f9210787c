package io.heddle.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import io.heddle.internal.sys.EpollEvent;
import io.heddle.internal.sys.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The leak check finds each kind of leak, or its silence would mean nothing. */
@Tag("behaviour")
class NoLeaksTest {
    @Test
    void nothingIsLeftWhereNothingHappened() throws Exception {
        NoLeaks.warmUp();
        Ledger before = Ledger.take();
        assertThat(Ledger.take().beyond(before)).isEmpty();
    }

    @Test
    void anOpenDescriptorIsNamed() throws Exception {
        NoLeaks.warmUp();
        Ledger before = Ledger.take();
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            assertThat(listener.isOpen()).isTrue();
            List<String> left = Ledger.take().beyond(before);
            assertThat(left).hasSize(1).allMatch(each -> each.contains("=socket:["));
        }
        assertThat(Ledger.take().beyond(before)).isEmpty();
    }

    @Test
    void aWatchedRegistrationIsCounted() throws Exception {
        NoLeaks.warmUp();
        Ledger before = Ledger.take();
        try (Pair pair = Pair.open()) {
            TcpSocket socket = pair.local();
            Task<Integer> reading =
                    Caller.HEDDLE_THREAD.start(() -> socket.read(new byte[1])).awaitWaiting();
            assertThat(Ledger.take().beyond(before)).contains("registrations=1");
            pair.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }

    @Test
    void aLiveThreadOfAnyKindIsNamed() throws Exception {
        NoLeaks.warmUp();
        for (Caller caller : Caller.values()) {
            Ledger before = Ledger.take();
            Task<Boolean> parked = caller.startRun(LockSupport::park).awaitParked();
            assertThat(Ledger.take().beyond(before))
                    .as(caller.name())
                    .hasSize(1)
                    .allMatch(each -> each.contains("LockSupport.park"));
            LockSupport.unpark(parked.thread());
            assertThat(parked.get()).isTrue();
        }
    }

    @Test
    void nativeMemoryIsCountedAsLongAsItsOwnerIsHeld() throws Exception {
        NoLeaks.warmUp();
        Ledger before = Ledger.take();
        List<Scratch> held = new ArrayList<>(List.of(Scratch.own()));
        System.gc();
        assertThat(Ledger.take().beyond(before)).containsExactly("nativeBytes=152");
        assertThat(Ledger.take().withoutMemory().beyond(before.withoutMemory())).isEmpty();
        assertThat(held).hasSize(1);
        held.clear();
        assertThat(Ledger.leftSince(before)).isEmpty();
    }

    @Test
    void anOpenHeddleIsNamed() throws Exception {
        NoLeaks.warmUp();
        Ledger before = Ledger.take();
        seeWhatAnOpenHeddleHas(before);
        assertThat(Ledger.leftSince(before)).isEmpty();
    }

    /** A method of its own, as a frame may hold what its variables had. */
    private static void seeWhatAnOpenHeddleHas(Ledger before) throws Exception {
        try (Heddle heddle = Heddle.open(2)) {
            List<String> left = Ledger.take().beyond(before);
            if (heddle.mode() == Heddle.Mode.CARRIERS) {
                assertThat(left)
                        .contains("nativeBytes=" + 2 * (256 * EpollEvent.SIZE + 152))
                        .anyMatch(each -> each.contains("heddle-monitor"));
                assertThat(left.stream().filter(each -> each.contains("heddle-worker-")))
                        .hasSize(2);
            } else {
                assertThat(left).isEmpty();
            }
        }
    }
}
