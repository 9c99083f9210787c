package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Behaviour
class HeddleMXBeanTest {
    @Test
    void theBeanTellsWhatStatisticsTell() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName(HeddleMXBean.NAME);
        Heddle.registerMXBean();
        Heddle.registerMXBean();
        try (Heddle heddle = Heddle.open(2)) {
            heddle.startVirtualThread(() -> {}).join();
            Statistics statistics = heddle.statistics();

            HeddleMXBean bean = JMX.newMXBeanProxy(server, name, HeddleMXBean.class);
            assertThat(bean.getMode()).isEqualTo(heddle.mode());
            assertThat(bean.getHostedBecause()).isEqualTo(heddle.hostedBecause().orElse(null));
            assertThat(bean.getWorkers()).isGreaterThanOrEqualTo(statistics.workers());
            assertThat(bean.getSpares()).isNotNegative();
            assertThat(bean.getCarriers().stream().map(Statistics.Carrier::number))
                    .containsAll(statistics.carriers().stream()
                            .map(Statistics.Carrier::number)
                            .toList());
            assertThat(bean.getHostedPollers())
                    .hasSameSizeAs(Heddle.shared().statistics().hostedPollers());
            for (Object carrier : (Object[]) server.getAttribute(name, "Carriers")) {
                for (String count : List.of("threadsRun", "foreignWaits", "movesIn")) {
                    assertThat(((CompositeData) carrier).get(count)).isInstanceOf(Long.class);
                }
            }
        } finally {
            server.unregisterMBean(name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dheddle.jmx=true", "-Dcom.sun.management.jmxremote"})
    void itIsRegisteredAtTheStartOfAProcessThatAsks(String flag) throws Exception {
        try (ChildJvm child = ChildJvm.start(ObservedProgram.class, flag, "-Dheddle.carriers=3")) {
            child.await("ready");
            assertThat(child.ask("bean", "bean")).isEqualTo(Heddle.shared().mode() == Heddle.Mode.HOSTED ? "0" : "3");
        }
    }

    @Test
    void anImageWithoutJmxAndFlightRecorderRunsAllTheSame() throws Exception {
        try (ChildJvm child = ChildJvm.start(ObservedProgram.class, "--limit-modules=jdk.net")) {
            child.await("ready");
            assertThat(child.ask("module", "module")).isEqualTo("false");
            assertThat(child.ask("register", "register"))
                    .startsWith("JMX needs the module java.management")
                    .contains("--add-modules");
            assertThat(child.seen()).doesNotContain("Exception", "Error");
        }
    }
}
