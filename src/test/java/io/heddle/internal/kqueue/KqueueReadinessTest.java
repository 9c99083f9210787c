package io.heddle.internal.kqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Kevent;
import io.heddle.poll.spi.Readiness;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kqueue's events mean, and what it is asked for, without a kqueue. */
class KqueueReadinessTest {
    private static final int R = Readiness.READABLE;
    private static final int W = Readiness.WRITABLE;
    private static final int RC = Readiness.READ_CLOSED;
    private static final int WC = Readiness.WRITE_CLOSED;
    private static final int ERR = Readiness.ERROR;
    private static final int ECONNRESET = 54;

    @ParameterizedTest
    @EnumSource(Kevent.class)
    void anEventSaysWhatItsFilterAndItsFlagsSay(Kevent layout) {
        int eof = Kevent.EV_EOF;
        says(layout, layout.read, Kevent.EV_CLEAR, 0, R);
        says(layout, layout.write, 0, 0, W);
        says(layout, layout.read, eof, 0, R | RC);
        says(layout, layout.write, eof, 0, W | WC);
        says(layout, layout.read, eof, ECONNRESET, R | RC | ERR);
        says(layout, layout.write, eof, ECONNRESET, W | WC | ERR);
        // Flags of a filter, such as that a listener waits, are no error.
        says(layout, layout.read, 0, 1, R);
        says(layout, layout.read, Kevent.EV_ERROR, 0, R | ERR);
    }

    private static void says(Kevent layout, int filter, int flags, int fflags, int ready) {
        ByteBuffer events = ByteBuffer.allocate(2 * layout.size).order(ByteOrder.nativeOrder());
        layout.set(events, 1, 5, filter, flags, fflags, 7);
        assertThat(KqueueSelector.ready(layout, events, 1)).isEqualTo(ready);
    }

    @Test
    void theTriggerIsAFlagOfTheFilter() {
        int add = Kevent.EV_ADD | Kevent.EV_ENABLE;
        assertThat(Entry.flags(R)).isEqualTo(add | Kevent.EV_CLEAR);
        assertThat(Entry.flags(R | Readiness.ONESHOT)).isEqualTo(add | Kevent.EV_DISPATCH);
        assertThat(Entry.flags(W | Readiness.LEVEL)).isEqualTo(add);
    }

    @Test
    void whatBothFiltersSayIsOneReportAndAOneShotIsReportedOnce() {
        Entry entry = new Entry(5, 7);
        entry.arm(R | W | Readiness.ONESHOT);
        assertThat(entry.find(W)).isTrue();
        assertThat(entry.find(R)).isFalse();
        assertThat(entry.take()).isEqualTo(R | W);
        assertThat(entry.find(R)).isFalse();
        entry.arm(R | W | Readiness.ONESHOT);
        assertThat(entry.find(R)).isTrue();
    }

    @Test
    void whatWasFoundBeforeItWasRegisteredAnewIsNotReportedAndNoShot() {
        Entry entry = new Entry(5, 7);
        entry.arm(R);
        assertThat(entry.find(R)).isTrue();
        entry.arm(W | Readiness.ONESHOT);
        assertThat(entry.take()).isZero();
        assertThat(entry.find(W)).isTrue();
        assertThat(entry.take()).isEqualTo(W);
    }
}
