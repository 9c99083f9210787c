package io.heddle.internal.kqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Kevent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is made of the receipts of changes, without a kqueue. The numbers are the same on all its systems. */
class KqueueReceiptTest {
    private static final int ENOENT = 2;
    private static final int EBADF = 9;
    private static final int ENOMEM = 12;
    private static final int EPIPE = 32;

    private static int firstFailure(Kevent layout, boolean deletes, int flags, int... data) {
        ByteBuffer receipts = ByteBuffer.allocate(data.length * layout.size).order(ByteOrder.nativeOrder());
        int offset = switch (layout) {
            case NETBSD_9, NETBSD_10 -> 24;
            case MACOS, FREEBSD, OPENBSD, LIBKQUEUE -> 16;
        };
        for (int i = 0; i < data.length; i++) {
            layout.set(receipts, i, 5, layout.read, flags, 0, 7);
            receipts.putLong(i * layout.size + offset, data[i]);
        }
        return KqueueSelector.firstFailure(layout, receipts, data.length, deletes);
    }

    private static int ofAdding(Kevent layout, int... errnos) {
        return firstFailure(layout, false, Kevent.EV_ERROR, errnos);
    }

    private static int ofDeleting(Kevent layout, int... errnos) {
        return firstFailure(layout, true, Kevent.EV_ERROR, errnos);
    }

    /** #276. */
    @ParameterizedTest
    @EnumSource(Kevent.class)
    void eachChangeHasItsReceiptAndTheFirstFailureIsTold(Kevent layout) {
        assertThat(ofAdding(layout, 0, 0)).isZero();
        assertThat(ofAdding(layout, 0, ENOMEM)).isEqualTo(ENOMEM);
        assertThat(ofAdding(layout, ENOMEM, 0)).isEqualTo(ENOMEM);
        assertThat(ofAdding(layout, EPIPE, ENOMEM)).isEqualTo(ENOMEM);
        assertThat(ofAdding(layout, EBADF, ENOMEM)).isEqualTo(EBADF);
        assertThat(ofDeleting(layout, ENOENT, ENOMEM)).isEqualTo(ENOMEM);
    }

    /** #351, #911. */
    @ParameterizedTest
    @EnumSource(Kevent.class)
    void whatIsDeletedMayBeGoneByItself(Kevent layout) {
        assertThat(ofDeleting(layout, ENOENT, 0)).isZero();
        assertThat(ofDeleting(layout, EBADF, ENOENT)).isZero();
        assertThat(ofAdding(layout, ENOENT)).isEqualTo(ENOENT);
    }

    /** #582, #583, #584. */
    @ParameterizedTest
    @EnumSource(Kevent.class)
    void aPipeWhoseOtherEndIsClosedIsWatchedAllTheSame(Kevent layout) {
        assertThat(ofAdding(layout, EPIPE, 0)).isZero();
        assertThat(ofDeleting(layout, EPIPE)).isEqualTo(EPIPE);
    }

    /** What is no receipt says nothing of a failure: its data are a number of bytes. */
    @ParameterizedTest
    @EnumSource(Kevent.class)
    void anEventIsNoReceipt(Kevent layout) {
        assertThat(firstFailure(layout, false, Kevent.EV_EOF, ENOMEM)).isZero();
    }
}
