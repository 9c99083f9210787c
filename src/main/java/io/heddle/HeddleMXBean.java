package io.heddle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The figures of {@link Statistics} for JMX: of the whole process, all Heddles together. Its name is
 * {@value #NAME}.
 *
 * <p>It is registered with the platform's MBean server by {@link Heddle#registerMXBean}; or, when the first Heddle
 * starts, in a process with {@code -Dheddle.jmx=true} or one that was started with a JMX agent
 * ({@code -Dcom.sun.management.jmxremote...}). Not without being asked: loading JMX takes longer than the whole start
 * of Heddle.
 */
public interface HeddleMXBean {
    /** The name under which it is registered. */
    String NAME = "io.heddle:type=Runtime";

    /**
     * Where virtual threads run.
     *
     * @return see {@link Heddle#mode}
     */
    Heddle.Mode getMode();

    /**
     * Why there are no carriers.
     *
     * @return see {@link Heddle#hostedBecause}; null in {@link Heddle.Mode#CARRIERS}
     */
    @Nullable
    String getHostedBecause();

    /**
     * How many platform threads serve carriers or could.
     *
     * @return see {@link Statistics#workers}
     */
    int getWorkers();

    /**
     * How many of these have no carrier now.
     *
     * @return see {@link Statistics#spares}
     */
    int getSpares();

    /**
     * What each carrier has done.
     *
     * @return see {@link Statistics#carriers}
     */
    List<Statistics.Carrier> getCarriers();

    /**
     * What each poller has done that waits for threads which no carrier runs.
     *
     * @return see {@link Statistics#hostedPollers}
     */
    List<Statistics.HostedPoller> getHostedPollers();
}
