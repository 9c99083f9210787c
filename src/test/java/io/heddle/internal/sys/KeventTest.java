package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The structs of systems that are not here, byte by byte as their headers have them, on a machine of low bytes first.
 */
class KeventTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final long IDENT = 0x0102_0304_0506_0708L;
    private static final long UDATA = 0x1122_3344_5566_7788L;
    private static final String EXT = "00".repeat(32);

    private static byte[] three(Kevent layout) {
        byte[] bytes = new byte[3 * layout.size];
        Arrays.fill(bytes, (byte) 0xee);
        return bytes;
    }

    private static ByteBuffer entries(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** ident, filter, flags, fflags, data, udata; for reading. */
    private static String reading(Kevent layout) {
        return switch (layout) {
            case MACOS, OPENBSD, LIBKQUEUE ->
                "0807060504030201" + "ffff" + "6100" + "04030281" + "0000000000000000" + "8877665544332211";
            case FREEBSD ->
                "0807060504030201" + "ffff" + "6100" + "04030281" + "0000000000000000" + "8877665544332211" + EXT;
            case NETBSD_9 ->
                "0807060504030201" + "00000000" + "61000000" + "04030281" + "00000000" + "0000000000000000"
                        + "8877665544332211";
            case NETBSD_10 ->
                "0807060504030201" + "00000000" + "61000000" + "04030281" + "00000000" + "0000000000000000"
                        + "8877665544332211" + EXT;
        };
    }

    @ParameterizedTest
    @EnumSource(Kevent.class)
    void aChangeIsWrittenAsTheHeaderSays(Kevent layout) {
        byte[] bytes = three(layout);
        int flags = Kevent.EV_ADD | Kevent.EV_CLEAR | Kevent.EV_RECEIPT;
        layout.set(entries(bytes), 1, IDENT, layout.read, flags, 0x8102_0304, UDATA);
        String hex = HEX.formatHex(bytes);
        String untouched = "ee".repeat(layout.size);
        assertThat(hex).isEqualTo(untouched + reading(layout) + untouched);
    }

    /** A receipt or an event of a second entry; its data is 9. */
    private static String written(Kevent layout) {
        return switch (layout) {
            case MACOS, OPENBSD, LIBKQUEUE ->
                "0500000000000000" + "feff" + "00c0" + "68000000" + "0900000000000000" + "efcdab8967452301";
            case FREEBSD ->
                "0500000000000000" + "feff" + "00c0" + "68000000" + "0900000000000000" + "efcdab8967452301"
                        + "77".repeat(32);
            case NETBSD_9 ->
                "0500000000000000" + "01000000" + "00c00000" + "68000000" + "55555555" + "0900000000000000"
                        + "efcdab8967452301";
            case NETBSD_10 ->
                "0500000000000000" + "01000000" + "00c00000" + "68000000" + "55555555" + "0900000000000000"
                        + "efcdab8967452301" + "77".repeat(32);
        };
    }

    @ParameterizedTest
    @EnumSource(Kevent.class)
    void anEventIsReadAsTheHeaderSays(Kevent layout) {
        ByteBuffer entries = entries(three(layout));
        entries.put(layout.size, HEX.parseHex(written(layout)));
        assertThat(layout.ident(entries, 1)).isEqualTo(5);
        assertThat(layout.filter(entries, 1)).isEqualTo(layout.write);
        assertThat(layout.flags(entries, 1)).isEqualTo(Kevent.EV_EOF | Kevent.EV_ERROR);
        assertThat(layout.fflags(entries, 1)).isEqualTo(0x68);
        assertThat(layout.data(entries, 1)).isEqualTo(9);
        assertThat(layout.udata(entries, 1)).isEqualTo(0x0123_4567_89ab_cdefL);
    }

    /**
     * sizeof(struct kevent), EVFILT_READ, EVFILT_WRITE, EVFILT_USER, and what the function is called in the library.
     */
    @ParameterizedTest
    @CsvSource({
        "MACOS, 32, -1, -2, -10, kevent",
        "FREEBSD, 64, -1, -2, -11, kevent",
        "OPENBSD, 32, -1, -2, 0, kevent",
        "NETBSD_9, 40, 0, 1, 0, __kevent50",
        "NETBSD_10, 72, 0, 1, 0, __kevent100",
        "LIBKQUEUE, 32, -1, -2, -11, kevent",
    })
    void eachSystemHasItsNumbers(Kevent layout, int size, int read, int write, int user, String function) {
        assertThat(layout.size).isEqualTo(size);
        assertThat(layout.read).isEqualTo(read);
        assertThat(layout.write).isEqualTo(write);
        assertThat(layout.user).isEqualTo(user);
        assertThat(layout.function).isEqualTo(function);
    }

    @Test
    void theFlagsAreTheSameEverywhere() {
        assertThat(Kevent.EV_ADD).isEqualTo(0x0001);
        assertThat(Kevent.EV_DELETE).isEqualTo(0x0002);
        assertThat(Kevent.EV_ENABLE).isEqualTo(0x0004);
        assertThat(Kevent.EV_CLEAR).isEqualTo(0x0020);
        assertThat(Kevent.EV_RECEIPT).isEqualTo(0x0040);
        assertThat(Kevent.EV_DISPATCH).isEqualTo(0x0080);
        assertThat(Kevent.EV_ERROR).isEqualTo(0x4000);
        assertThat(Kevent.EV_EOF).isEqualTo(0x8000);
        assertThat(Kevent.NOTE_TRIGGER).isEqualTo(0x01000000);
    }
}
