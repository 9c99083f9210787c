package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.NoLeaksInClass;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which selector is taken, and why one cannot be. */
@ExtendWith(NoLeaksInClass.class)
class SelectorsTest {
    @ParameterizedTest
    @EnumSource(Selectors.class)
    void whatIsAvailableOpensAndTheRestSaysWhyNot(Selectors kind) throws Exception {
        assertThat(kind.isAvailable()).isEqualTo(kind.whyUnavailable().isEmpty());
        if (kind.isAvailable()) {
            Poll poll = Poll.open(kind);
            assertThat(poll.isOpen()).isTrue();
            poll.close();
        } else {
            assertThatThrownBy(() -> Poll.open(kind))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage(kind.whyUnavailable().orElseThrow());
        }
    }

    @Test
    void thisSystemHasThese() {
        assertThat(Selectors.AUTO.isAvailable()).isTrue();
        assertThat(Selectors.EPOLL.isAvailable()).isTrue();
        assertThat(Selectors.POLL.isAvailable()).isTrue();
        assertThat(Selectors.JDK.isAvailable()).isTrue();
        assertThat(Selectors.AUTO.watchesChannels()).isFalse();
        assertThat(Selectors.JDK.watchesChannels()).isTrue();
    }

    @Test
    void kqueueIsThereWithALibraryOrSaysThatItNeedsOne() {
        if (System.getProperty("heddle.kqueue.library") == null) {
            assertThat(Selectors.KQUEUE.whyUnavailable())
                    .contains("kqueue is a call of macOS and the BSDs; on Linux name a libkqueue by"
                            + " -Dheddle.kqueue.library=/path/to/libkqueue.so");
        } else {
            assertThat(Selectors.KQUEUE.whyUnavailable()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, EPOLL", "epoll, EPOLL", "Poll, POLL", "KQUEUE, KQUEUE", "jdk, JDK"})
    void aSettingNamesOne(String name, Selectors kind) {
        assertThat(Selectors.named(name)).isEqualTo(kind);
    }

    @Test
    void anotherNameIsRefused() {
        assertThatThrownBy(() -> Selectors.named("select"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("selector must be auto, epoll, poll, kqueue or jdk: -Dheddle.selector=select");
    }

    @Test
    void thePropertyIsReadOnce() throws Exception {
        assertThat(Selectors.AUTO.watchesChannels()).isFalse();
        System.setProperty("heddle.selector", "jdk");
        try (Poll poll = Poll.open()) {
            assertThat(Selectors.AUTO.watchesChannels()).isFalse();
            assertThat(poll.toString()).startsWith("Poll[epoll");
        } finally {
            System.clearProperty("heddle.selector");
        }
    }

    @Test
    void aWrongSettingIsToldEachTime() {
        Setting.set("select");
        try {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(Poll::open).isInstanceOf(IllegalArgumentException.class);
            }
        } finally {
            Setting.clear();
        }
    }

    @Test
    void thePropertyDecides() throws Exception {
        Setting.set("poll");
        try (Poll poll = Poll.open()) {
            assertThat(poll).hasToString("Poll[poll]");
            assertThat(poll.fd()).isEqualTo(-1);
        } finally {
            Setting.clear();
        }
        try (Poll poll = Poll.open()) {
            assertThat(poll.toString()).startsWith("Poll[epoll");
        }
    }
}
