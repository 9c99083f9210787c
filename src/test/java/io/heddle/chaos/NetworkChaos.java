package io.heddle.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a network does, in namespaces of its own: packets are dropped, refused, throttled, and connections killed. */
@KernelChaos
class NetworkChaos {
    @RegisterExtension
    final Lab lab = new Lab();

    private static String[] iptables(String what, String rule) {
        List<String> words = new ArrayList<>(List.of("iptables", "-w", what));
        words.addAll(List.of(rule.split(" ")));
        return words.toArray(String[]::new);
    }

    private static ChildJvm ready(ChildJvm puppet) throws Exception {
        assertThat(puppet.await("= ")).isEqualTo("ready");
        return puppet;
    }

    /** Asks for both libraries, and prints what each said. */
    private static String ask(ChildJvm puppet, String who, String order) throws Exception {
        String answer = puppet.ask(order, "= ");
        System.out.println(who + ": " + order + ": " + answer);
        return answer;
    }

    private static String serve(ChildJvm puppet, String who) throws Exception {
        return ask(puppet, who, "serve " + who).replace("port ", "");
    }

    private static long descriptors(ChildJvm puppet) throws Exception {
        return Long.parseLong(puppet.ask("descriptors", "= ").replace("descriptors ", ""));
    }

    /** The type and the first words, which programs match on. */
    private static String likeness(String answer) {
        return answer.replaceAll("\\[afterMillis=.*", "")
                .replaceAll("(: [A-Z][^:]*).*", "$1")
                .strip();
    }

    private static long afterMillis(String answer) {
        return Long.parseLong(answer.replaceAll(".*\\[afterMillis=(\\d+)].*", "$1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void connectingWherePacketsAreDroppedTimesOutInTime(String who) throws Exception {
        String net = lab.namespace();
        lab.inKernelOf(net, iptables("-A", "INPUT -p tcp --dport 7001 -j DROP"));
        ChildJvm puppet = ready(lab.puppetIn(net));
        ask(puppet, who, "connect " + who + " 127.0.0.1 7001 50");
        long before = descriptors(puppet);
        String answer = ask(puppet, who, "connect " + who + " 127.0.0.1 7001 300");
        assertThat(answer).startsWith("failed java.net.SocketTimeoutException: Connect timed out");
        assertThat(afterMillis(answer)).isBetween(300L, 3_000L);
        assertThat(descriptors(puppet)).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "tcp-reset, failed java.net.ConnectException: Connection refused",
        "icmp-port-unreachable, failed java.net.ConnectException: Connection refused",
        "icmp-host-unreachable, failed java.net.NoRouteToHostException: No route to host",
        "icmp-admin-prohibited, failed java.net.NoRouteToHostException: No route to host",
        "icmp-net-unreachable, failed java.net.SocketException: Network is unreachable",
        "icmp-proto-unreachable, failed java.net.SocketException: Protocol not available"
    })
    void connectingWherePacketsAreRejectedFailsAsWithTheJdk(String with, String expected) throws Exception {
        String net = lab.namespace();
        lab.inKernelOf(net, iptables("-A", "INPUT -p tcp --dport 7001 -j REJECT --reject-with " + with));
        ChildJvm puppet = ready(lab.puppetIn(net));
        String ours = ask(puppet, "heddle", "connect heddle 127.0.0.1 7001 20000");
        String jdk = ask(puppet, "jdk", "connect jdk 127.0.0.1 7001 20000");
        long before = descriptors(puppet);
        assertThat(ask(puppet, "heddle", "connect heddle 127.0.0.1 7001 20000")).startsWith("failed ");
        assertThat(descriptors(puppet)).isEqualTo(before);
        assertThat(likeness(ours)).isEqualTo(likeness(jdk)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void whatIsDroppedInMidStreamIsATimeoutAndComesLater(String who) throws Exception {
        String net = lab.namespace();
        ChildJvm server = ready(lab.puppetIn(net));
        String port = serve(server, who);
        ChildJvm client = ready(lab.puppetIn(net));
        assertThat(ask(client, who, "connect " + who + " 127.0.0.1 " + port + " 5000"))
                .isEqualTo("connected");
        assertThat(ask(client, who, "echo " + who + " 1000")).isEqualTo("echoed 1000");
        String rule = "INPUT -p tcp --dport " + port + " -j DROP";
        lab.inKernelOf(net, iptables("-A", rule));
        assertThat(ask(client, who, "write " + who + " 1000")).isEqualTo("wrote");
        assertThat(ask(client, who, "read " + who + " 1000 300"))
                .startsWith("failed java.net.SocketTimeoutException: Read timed out");
        lab.inKernelOf(net, iptables("-D", rule));
        assertThat(ask(client, who, "read " + who + " 1000 60000")).isEqualTo("read 1000");
        assertThat(ask(client, who, "echo " + who + " 100000")).isEqualTo("echoed 100000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void aResetFromTheNetworkIsNeverTheEnd(String who) throws Exception {
        String net = lab.namespace();
        ChildJvm server = ready(lab.puppetIn(net));
        String port = serve(server, who);
        ChildJvm client = ready(lab.puppetIn(net));
        ask(client, who, "connect " + who + " 127.0.0.1 " + port + " 5000");
        assertThat(ask(client, who, "echo " + who + " 1000")).isEqualTo("echoed 1000");
        lab.inKernelOf(net, iptables("-A", "INPUT -p tcp --dport " + port + " -j REJECT --reject-with tcp-reset"));
        assertThat(ask(client, who, "write " + who + " 1000")).isEqualTo("wrote");
        for (int i = 0; i < 3; i++) {
            assertThat(ask(client, who, "read " + who + " 1000 10000"))
                    .startsWith("failed java.net.SocketException: Connection reset");
        }
    }

    @Test
    void aConnectionThatIsKilledHereFailsAtBothEndsAndNeverEnds() throws Exception {
        String net = lab.namespace();
        ChildJvm server = ready(lab.puppetIn(net));
        ChildJvm client = ready(lab.puppetIn(net));
        for (String who : List.of("heddle", "jdk")) {
            String port = serve(server, "heddle");
            ask(client, who, "connect " + who + " 127.0.0.1 " + port + " 5000");
            assertThat(ask(client, who, "echo " + who + " 1000")).isEqualTo("echoed 1000");
            String killed = lab.inKernelOf(net, "ss", "-K", "-tn", "state", "established", "dport = :" + port);
            if (killed.lines().count() < 2) {
                lab.cannotRun("the kernel destroys no sockets, CONFIG_INET_DIAG_DESTROY");
            }
            String first = ask(client, who, "read " + who + " 1000 10000");
            String second = ask(client, who, "read " + who + " 1000 10000");
            String third = ask(client, who, "read " + who + " 1000 10000");
            assertThat(first).startsWith("failed java.net.SocketException: Software caused connection abort");
            if (who.equals("heddle")) {
                assertThat(second).startsWith("failed java.net.SocketException: Connection reset");
                assertThat(third).startsWith("failed java.net.SocketException: Connection reset");
            }
        }
    }

    @Test
    void aListenerThatIsKilledEndsItsServerWithAnError() throws Exception {
        String net = lab.namespace();
        for (String who : List.of("heddle", "jdk")) {
            ChildJvm server = ready(lab.puppetIn(net));
            String port = serve(server, who);
            long cpuBefore = Long.parseLong(server.ask("cpu", "= "));
            String killed = lab.inKernelOf(net, "ss", "-K", "-tln", "sport = :" + port);
            if (killed.lines().count() < 2) {
                lab.cannotRun("the kernel destroys no sockets, CONFIG_INET_DIAG_DESTROY");
            }
            if (who.equals("heddle")) {
                assertThat(server.await("serve ended: "))
                        .contains("SocketException")
                        .contains("EINVAL");
            }
            long cpu = Long.parseLong(server.ask("cpu", "= ")) - cpuBefore;
            System.out.println(who + ": killed listener: cpuMillis=" + cpu / 1_000_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void withoutARouteConnectFailsAtOnce(String who) throws Exception {
        String net = lab.namespace();
        ChildJvm puppet = ready(lab.puppetIn(net));
        String answer = ask(puppet, who, "connect " + who + " 10.9.9.9 80 20000");
        assertThat(answer).startsWith("failed java.net.SocketException: Network is unreachable");
    }

    @Test
    void aDeadNeighbourIsNoRouteToHostAndADownInterfaceHoldsBytesBack() throws Exception {
        String left = lab.namespace();
        String right = lab.namespace();
        lab.inKernelOf(left, "ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
        lab.run("ip", "-n", left, "link", "set", "veth1", "netns", right);
        lab.run("ip", "-n", left, "addr", "add", "10.77.0.1/24", "dev", "veth0");
        lab.run("ip", "-n", right, "addr", "add", "10.77.0.2/24", "dev", "veth1");
        lab.run("ip", "-n", left, "link", "set", "veth0", "up");
        lab.run("ip", "-n", right, "link", "set", "veth1", "up");
        ChildJvm client = ready(lab.puppetIn(left));
        ChildJvm server = ready(lab.puppetIn(right));
        for (String who : List.of("heddle", "jdk")) {
            assertThat(ask(client, who, "connect " + who + " 10.77.0.99 80 20000"))
                    .startsWith("failed java.net.NoRouteToHostException: No route to host");

            String port = serve(server, who);
            ask(client, who, "connect " + who + " 10.77.0.2 " + port + " 5000");
            assertThat(ask(client, who, "echo " + who + " 100000")).isEqualTo("echoed 100000");
            lab.run("ip", "-n", right, "link", "set", "veth1", "down");
            assertThat(ask(client, who, "write " + who + " 1000")).isEqualTo("wrote");
            assertThat(ask(client, who, "read " + who + " 1000 300"))
                    .startsWith("failed java.net.SocketTimeoutException: Read timed out");
            lab.run("ip", "-n", right, "link", "set", "veth1", "up");
            assertThat(ask(client, who, "read " + who + " 1000 60000")).isEqualTo("read 1000");

            lab.run("ip", "-n", left, "link", "set", "veth0", "down");
            String unreachable = ask(client, who, "connect " + who + " 10.77.0.2 " + port + " 5000");
            assertThat(unreachable).startsWith("failed java.net.SocketException: Network is unreachable");
            lab.run("ip", "-n", left, "link", "set", "veth0", "up");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void throttledWritesArePartialAndNothingIsLost(String who) throws Exception {
        String net = lab.namespace();
        lab.run("ip", "-n", net, "link", "set", "lo", "mtu", "1500");
        lab.inKernelOf(net, "tc qdisc add dev lo root tbf rate 8mbit burst 20kb latency 400ms".split(" "));
        ChildJvm server = ready(lab.puppetIn(net));
        String port = serve(server, who);
        ChildJvm client = ready(lab.puppetIn(net));
        ask(client, who, "connect " + who + " 127.0.0.1 " + port + " 5000");
        assertThat(ask(client, who, "echo " + who + " 2000000")).isEqualTo("echoed 2000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void withoutAFreePortConnectFailsClearlyAndLeavesNothingOpen(String who) throws Exception {
        String net = lab.namespace();
        ChildJvm server = ready(lab.puppetIn(net));
        String port = serve(server, who);
        lab.inKernelOf(net, "sysctl", "-w", "net.ipv4.ip_local_port_range=40000 40003");
        // Four connections, each held by a process of its own until the end of the test.
        for (int i = 0; i < 4; i++) {
            ChildJvm holder = ready(lab.puppetIn(net));
            assertThat(ask(holder, who, "connect " + who + " 127.0.0.1 " + port + " 5000"))
                    .isEqualTo("connected");
        }
        ChildJvm late = ready(lab.puppetIn(net));
        String answer = ask(late, who, "connect " + who + " 127.0.0.1 " + port + " 5000");
        long before = descriptors(late);
        for (int i = 0; i < 5; i++) {
            ask(late, who, "connect " + who + " 127.0.0.1 " + port + " 5000");
        }
        assertThat(answer).contains("Cannot assign requested address");
        if (who.equals("heddle")) {
            assertThat(answer).startsWith("failed java.net.BindException").contains("ip_local_port_range");
        }
        assertThat(descriptors(late)).isEqualTo(before);
    }
}
