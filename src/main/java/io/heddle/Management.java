package io.heddle;

import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.engine.Engine;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/** The one {@link HeddleMXBean}. */
final class Management implements HeddleMXBean {
    static void register() {
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(new Management(), new ObjectName(NAME));
        } catch (InstanceAlreadyExistsException e) {
            // By an earlier call, or by another copy of Heddle in this process, whose bean stays.
            assert e.getMessage() != null;
        } catch (JMException e) {
            throw new IllegalStateException("the MXBean cannot be registered: name=" + NAME, e);
        }
    }

    @Override
    public Heddle.Mode getMode() {
        return statistics().mode();
    }

    @Override
    public @Nullable String getHostedBecause() {
        return Engine.hosted();
    }

    @Override
    public int getWorkers() {
        return statistics().workers();
    }

    @Override
    public int getSpares() {
        return statistics().spares();
    }

    @Override
    public List<Statistics.Carrier> getCarriers() {
        return statistics().carriers();
    }

    @Override
    public List<Statistics.HostedPoller> getHostedPollers() {
        return statistics().hostedPollers();
    }

    private static Statistics statistics() {
        return Statistics.of(Carriers.live());
    }
}
