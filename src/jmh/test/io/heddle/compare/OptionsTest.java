package io.heddle.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void nothingGivenIsTheDefault() {
        Options options = parse("servers=", "rounds=");
        assertThat(options.servers())
                .containsExactly("heddle-edge", "jdk-socket", "jdk-socket-timeout", "netty-epoll", "c-epoll");
        assertThat(texts(options))
                .containsExactly(
                        "plaintext@1",
                        "plaintext@64",
                        "plaintext@500",
                        "timeouts@64",
                        "proxy@64",
                        "plaintext-shared@500",
                        "stall@64");
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.seconds()).isEqualTo(5);
        assertThat(options.given()).isEqualTo("mvn -q -B -ntp -Pcompare verify");
    }

    @Test
    void connectionsReplaceAScenariosOwnUnlessItSays() {
        Options options = parse("scenarios=plaintext, proxy@7,download", "connections=1,9", "rounds=2");
        assertThat(texts(options)).containsExactly("plaintext@1", "plaintext@9", "proxy@7", "download@1");
        assertThat(options.given()).endsWith("-Dcompare.connections=1,9 -Dcompare.rounds=2");
    }

    @Test
    void allMeansEveryServerAndScenario() {
        Options options = parse("all=true");
        assertThat(options.servers()).isEqualTo(ServerKind.names());
        assertThat(texts(options))
                .contains("plaintext@5000", "timeouts@8", "idle@9000", "stall@64", "timeouts-shared@500");
    }

    @Test
    void sharedUnpinsAScenario() {
        assertThat(Scenario.named("proxy").pinned()).isTrue();
        assertThat(Scenario.named("proxy-shared").pinned()).isFalse();
        assertThat(Scenario.named("proxy-shared").path()).isEqualTo("/proxy");
    }

    @Test
    void timeoutsNameTheServersThatHaveThem() {
        Scenario timeouts = Scenario.named("timeouts");
        assertThat(List.of("jdk-socket", "jdk-socket-timeout", "c-epoll").stream()
                        .map(name -> ServerKind.nameIn(timeouts, name)))
                .containsExactly("jdk-socket-timeout", "jdk-socket-timeout", "c-epoll");
        assertThat(ServerKind.nameIn(Scenario.named("proxy"), "jdk-socket")).isEqualTo("jdk-socket");
    }

    @Test
    void whatIsUnknownIsRefusedWithWhatThereIs() {
        assertThatThrownBy(() -> parse("servers=heddle"))
                .hasMessageContaining("heddle-edge")
                .hasMessageEndingWith("server=heddle");
        assertThatThrownBy(() -> parse("servers=c-epoll-timeout"))
                .hasMessage("this server has no read timeouts: server=c-epoll");
        assertThatThrownBy(() -> parse("scenarios=fast"))
                .hasMessageContaining("plaintext")
                .hasMessageEndingWith("scenario=fast");
        assertThatThrownBy(() -> parse("rounds=0")).hasMessage("rounds must be a positive number: rounds=0");
        assertThatThrownBy(() -> parse("connections=x"))
                .hasMessage("connections must be a positive number: connections=x");
        assertThatThrownBy(() -> parse("cpus=0")).hasMessageStartingWith("cpus must be SERVERS:LOAD");
    }

    @Test
    void aResultSurvivesItsLine() {
        double[] micros = new double[LoadResult.PERCENTILES.length];
        micros[2] = 12.5;
        LoadResult result = LoadResult.parse(new LoadResult(1000, 2, 0.5, micros).format());
        assertThat(result.requests()).isEqualTo(1000);
        assertThat(result.errors()).isEqualTo(2);
        assertThat(result.perSecond()).isEqualTo(2000);
        assertThat(result.micros(50)).isEqualTo(12.5);
        assertThatThrownBy(() -> result.micros(42)).hasMessageEndingWith("percentile=42.0");
        assertThatThrownBy(() -> LoadResult.parse("1 2 3")).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<String> texts(Options options) {
        return options.cases().stream().map(Case::toString).toList();
    }

    private static Options parse(String... assignments) {
        Properties properties = new Properties();
        for (String assignment : assignments) {
            String[] both = assignment.split("=", 2);
            properties.setProperty("compare." + both[0], both[1]);
        }
        return Options.parse(properties);
    }
}
