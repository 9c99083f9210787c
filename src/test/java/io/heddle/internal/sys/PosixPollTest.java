package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where poll(2) is called; that it works there is shown on Linux only. */
class PosixPollTest {
    @ParameterizedTest
    @CsvSource({
        "Linux, amd64",
        "Linux, aarch64",
        "Mac OS X, x86_64",
        "Mac OS X, aarch64",
        "FreeBSD, amd64",
        "OpenBSD, amd64",
        "NetBSD, amd64",
    })
    void itIsCalledWhereItsNumbersAreKnown(String os, String arch) {
        assertThat(PosixPoll.missing(os, arch)).isNull();
        assertThat(NativeAccess.isBsd(os)).isNotEqualTo(os.equals("Linux"));
    }

    @ParameterizedTest
    @CsvSource({
        "Windows 11, amd64, 'poll is known of Linux, macOS and the BSDs: os.name=Windows 11'",
        "AIX, ppc64, 'poll is known of Linux, macOS and the BSDs: os.name=AIX'",
        "Linux, riscv64, Heddle runs on x86-64 and aarch64: os.arch=riscv64",
        "FreeBSD, x86, Heddle runs on x86-64 and aarch64: os.arch=x86",
    })
    void elsewhereItSaysWhy(String os, String arch, String why) {
        assertThat(PosixPoll.missing(os, arch)).isEqualTo(why);
    }

    @Test
    void theNumbersOfThisSystemAreItsOwn() {
        assertThat(PosixPoll.missing()).isNull();
        assertThat(NativeAccess.BSD).isFalse();
        assertThat(PollFds.RDHUP).isEqualTo(0x2000);
        assertThat(Errno.isAgain(Errno.EAGAIN)).isTrue();
        assertThat(Errno.isAgain(35)).isFalse();
    }
}
