package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.SocksServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be done once in a process, each time in one of its own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InstallAsDefaultTest {
    private static ChildJvm start(List<String> arguments, String... jvmArguments) throws Exception {
        ChildJvm child = ChildJvm.startWith(arguments, InstalledProgram.class, jvmArguments);
        assertThat(child.await("before ")).isEqualTo("false");
        assertThat(child.await("after ")).isEqualTo("true");
        return child;
    }

    /** Those that the process makes by {@code new Socket()}, item by item beside the JDK's, which are made here. */
    @Test
    void socketsOfTheProcessDoWhatTheJdksDo() throws Exception {
        try (ChildJvm child = start(List.of("compare"))) {
            for (Caller caller : Caller.values()) {
                for (Scripts.Script script : Scripts.of(caller)) {
                    assertThat(child.await("script ")).isEqualTo(caller + ", " + script);
                    List<String> ours = new ArrayList<>();
                    String line = Objects.requireNonNull(child.next());
                    while (!line.equals("done")) {
                        // What the child has to log comes in between.
                        if (line.startsWith("line ")) {
                            ours.add(line.substring("line ".length()));
                        }
                        line = Objects.requireNonNull(child.next());
                    }
                    CompatibilityTest.assertSame(ours, CompatibilityTest.oracle(script, caller));
                }
            }
            assertThat(child.await("end")).isEmpty();
        }
    }

    @Test
    void everythingThatMakesSocketsMakesOurs() throws Exception {
        try (ChildJvm child = start(List.of("kinds"))) {
            assertThat(child.await("made before -> ")).isEqualTo("8, true, false, true");
            assertThat(child.await("tls made before -> "))
                    .isEqualTo("java.io.IOException: An instance of class sun.nio.ch.NioSocketImpl cannot accept a"
                            + " connection with an instance of class io.heddle.internal.javanet.StreamImpl");
            assertThat(child.await("second socket factory -> ")).endsWith("factory already defined");
            assertThat(child.await("second server factory -> ")).endsWith("factory already defined");
            for (Caller caller : Caller.values()) {
                for (String kind :
                        List.of("plain", "factories", "no proxy", "drop-in server", "drop-in socket", "tls")) {
                    assertThat(child.await(kind + " -> "))
                            .as(kind + " " + caller)
                            .isEqualTo("8, true, true, true");
                }
                assertThat(child.await("url -> ")).isEqualTo("hello");
            }
            assertThat(child.await("foreign subclass -> ")).isEqualTo("true, 8, true, true, true");
            assertThat(child.await("socks of the JDK -> ")).isEqualTo("false");
            assertThat(child.await("rules of ")).isEqualTo("localhost");
            assertThat(child.await("with a selector that connects -> ")).isEqualTo("8, true, true, true");
            assertThat(child.await("end")).isEmpty();
        }
    }

    /** What it says must not be what its own first try brought about. */
    @ParameterizedTest
    @CsvSource({
        "servers taken, 'the factory of ServerSocket must not be set yet; that of Socket is Heddle''s now, so restart"
                + " without one of them: factory already defined'",
        "sockets taken, factory already defined"
    })
    void aFactoryOfSomebodyElseIsToldOfEachTime(String taken, String text) throws Exception {
        try (ChildJvm child = ChildJvm.startWith(List.of(taken), InstalledProgram.class)) {
            assertThat(child.await("before ")).isEqualTo("false");
            assertThat(child.await("foreign -> ")).isEqualTo("set");
            for (int i = 0; i < 2; i++) {
                assertThat(child.await("install -> ")).isEqualTo("java.net.SocketException: " + text);
                assertThat(child.await("after ")).isEqualTo("false");
            }
            assertThat(child.await("end")).isEmpty();
        }
    }

    /** With a factory of one's own java.net itself would connect directly. */
    @Test
    void aSocksProxyIsNotBypassed() throws Exception {
        try (SocksServer proxy = new SocksServer(SocksServer.Manner.OPEN);
                ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
                ChildJvm child = start(
                        List.of("connect", "127.0.0.1", String.valueOf(server.getLocalPort())),
                        "-DsocksProxyHost=127.0.0.1",
                        "-DsocksProxyPort=" + proxy.address().getPort(),
                        "-DsocksNonProxyHosts=")) {
            for (Caller caller : Caller.values()) {
                try (Socket accepted = server.accept()) {
                    accepted.getOutputStream().write(5);
                }
                assertThat(child.await("connect -> ")).as(caller.name()).isEqualTo("5");
            }
            assertThat(proxy.requests())
                    .hasSize(Caller.values().length)
                    .allMatch(request -> request.equals("5, type=1, user=, host=127.0.0.1"));
        }
    }
}
