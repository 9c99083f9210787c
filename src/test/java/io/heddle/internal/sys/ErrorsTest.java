package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Errors}: the types and first words are those that programs know from {@code java.net}. */
class ErrorsTest {
    static Arguments[] exceptions() {
        return new Arguments[] {
            Arguments.of(Errno.ECONNREFUSED, ConnectException.class, "Connection refused"),
            Arguments.of(Errno.ETIMEDOUT, ConnectException.class, "Connection timed out"),
            Arguments.of(Errno.ENOTCONN, ConnectException.class, "Transport endpoint is not connected"),
            Arguments.of(Errno.EHOSTUNREACH, NoRouteToHostException.class, "No route to host"),
            Arguments.of(Errno.EADDRINUSE, BindException.class, "Address already in use"),
            Arguments.of(Errno.EADDRNOTAVAIL, BindException.class, "Cannot assign requested address"),
            Arguments.of(Errno.EACCES, BindException.class, "Permission denied"),
            Arguments.of(Errno.EPROTO, ProtocolException.class, "Protocol error"),
            Arguments.of(Errno.ENETUNREACH, SocketException.class, "Network is unreachable"),
            Arguments.of(Errno.ECONNRESET, SocketException.class, "Connection reset"),
            Arguments.of(Errno.EPIPE, SocketException.class, "Broken pipe"),
            Arguments.of(Errno.EMFILE, SocketException.class, "Too many open files"),
            Arguments.of(Errno.ENFILE, SocketException.class, "Too many open files"),
            Arguments.of(Errno.EDESTADDRREQ, SocketException.class, "Destination address required"),
            Arguments.of(Errno.EMSGSIZE, SocketException.class, "Message too long"),
            Arguments.of(Errno.EISCONN, SocketException.class, "Transport endpoint is already connected"),
            Arguments.of(Errno.EAGAIN, SocketException.class, "Resource temporarily unavailable"),
        };
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void anErrnoIsTheExceptionThatTheJdkHasForIt(int errno, Class<? extends IOException> type, String firstWords) {
        assertThat(Errors.of("call", errno, "fd=7")).isExactlyInstanceOf(type).hasMessageStartingWith(firstWords);
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void aTextThatGoesOnNamesTheErrnoAtItsEnd(int errno, Class<? extends IOException> type, String firstWords) {
        IOException e = Errors.of("call", errno, "fd=7");
        assertThat(type).isAssignableFrom(e.getClass());
        if (String.valueOf(e.getMessage()).contains(":")) {
            assertThat(e).hasMessageEndingWith("call: errno=" + Errno.name(errno) + ", fd=7");
        }
    }

    static Arguments[] unixExceptions() {
        return new Arguments[] {
            Arguments.of(Errno.ECONNREFUSED, ConnectException.class, "Connection refused"),
            Arguments.of(Errno.ENOENT, SocketException.class, "No such file or directory"),
            Arguments.of(Errno.EADDRINUSE, BindException.class, "Address already in use"),
            Arguments.of(Errno.EACCES, BindException.class, "Permission denied"),
            Arguments.of(Errno.ENAMETOOLONG, SocketException.class, "Unix domain path too long"),
            Arguments.of(Errno.EPROTOTYPE, SocketException.class, "Protocol wrong type for socket"),
            Arguments.of(
                    Errno.EAGAIN, SocketException.class, "Resource temporarily unavailable: the listener's backlog"),
            Arguments.of(Errno.EMFILE, SocketException.class, "Too many open files"),
        };
    }

    @ParameterizedTest
    @MethodSource("unixExceptions")
    void anErrnoOfAUnixSocketSaysWhatItMeansThere(int errno, Class<? extends IOException> type, String firstWords) {
        assertThat(UnixErrors.of("connect", errno, "remote=/a/b"))
                .isExactlyInstanceOf(type)
                .hasMessageStartingWith(firstWords)
                .hasMessageEndingWith("connect: errno=" + Errno.name(errno) + ", remote=/a/b");
    }

    @Test
    void anErrnoOfAPipeIsNoSocketException() {
        assertThat(Errors.ofFile("write", Errno.EPIPE, "fd=7"))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Broken pipe");
        assertThat(Errors.ofFile("read", Errno.EIO, "fd=7"))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("read: errno=EIO, fd=7");
    }

    @Test
    void aResetIsNamedAsTheCallDoesThatMetIt() {
        assertThat(Errors.of("recv", Errno.ECONNRESET, "fd=7")).hasMessage("Connection reset");
        assertThat(Errors.of("send", Errno.ECONNRESET, "fd=7")).hasMessage("Connection reset by peer");
        assertThat(Errors.of("connect", Errno.ECONNRESET, "fd=7")).hasMessage("Connection reset by peer");
    }

    @Test
    void anErrnoWithoutAWordOfItsOwnIsASocketException() {
        assertThat(Errors.of("call", 9_999, "fd=7"))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("call: errno=" + Errno.name(9_999) + ", fd=7");
    }
}
