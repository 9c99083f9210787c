package io.heddle;

import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.carrier.Count;
import io.heddle.internal.carrier.HostedMaster;
import io.heddle.internal.engine.Engine;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Heddle} has done. Each number is a moment's truth: they are read one after the other while the
 * carriers run, so sums need not balance before all is quiet. Counts begin with the carrier and only grow.
 *
 * @param mode where virtual threads run
 * @param workers how many platform threads serve carriers or could; 0 in {@link Heddle.Mode#HOSTED}
 * @param spares how many of these have no carrier now
 * @param carriers one for each carrier; empty in {@link Heddle.Mode#HOSTED}, as the JDK's carriers tell nothing
 * @param hostedPollers one for each poller that waits for threads which no carrier runs; these belong to the process
 *     and not to one Heddle, and are none as long as no such thread has waited on a socket
 */
public record Statistics(
        Heddle.Mode mode, int workers, int spares, List<Carrier> carriers, List<HostedPoller> hostedPollers) {
    /**
     * Creates statistics; {@link Heddle#statistics} does.
     *
     * @param mode see above
     * @param workers see above
     * @param spares see above
     * @param carriers copied
     * @param hostedPollers copied
     */
    public Statistics {
        Objects.requireNonNull(mode);
        carriers = List.copyOf(carriers);
        hostedPollers = List.copyOf(hostedPollers);
    }

    /**
     * What one carrier has done.
     *
     * @param number its number in the process, the same in events of the flight recorder
     * @param threadsRun how often a virtual thread began to run, or to run on, here
     * @param polls how often the kernel was asked for sockets that are ready, waiting or not
     * @param events how many reports of sockets came of that
     * @param parks how many of the polls were allowed to wait: sleeps
     * @param wakeups how often another thread had to end such a sleep, which costs it a system call
     * @param stealsIn threads that waited at other carriers of the set, or were woken here while theirs slept, and ran
     *     here
     * @param stealsOut threads that waited here, or were woken elsewhere while this slept, and ran at other carriers
     * @param rescues how often the carrier was taken from a platform thread that was stuck in one of its threads
     * @param foreignWaits how often a thread of this carrier waited for a socket that another poller watches, which has
     *     to wake it from there
     * @param movesIn sockets that are watched here now and were elsewhere, as threads of this carrier waited for them
     * @param timersFired sleeps, timed waits and socket timeouts whose time came; a timer that is no longer needed
     *     may be among them
     * @param queued how many threads wait to run now, but for what others handed over since the carrier last looked
     */
    public record Carrier(
            int number,
            long threadsRun,
            long polls,
            long events,
            long parks,
            long wakeups,
            long stealsIn,
            long stealsOut,
            long rescues,
            long foreignWaits,
            long movesIn,
            long timersFired,
            int queued) {}

    /**
     * What one hosted poller has done. It is a virtual thread of the JDK.
     *
     * @param number which of them, from 0
     * @param polls how often it asked the kernel for sockets that are ready; never waiting
     * @param events how many reports of sockets came of that
     * @param parks how often it parked, for the one platform thread that waits for all of them
     * @param timersFired socket timeouts whose time came
     */
    public record HostedPoller(int number, long polls, long events, long parks, long timersFired) {}

    static Statistics of(@Nullable Carriers set) {
        return of(set == null ? List.of() : List.of(set));
    }

    /** Of several sets, as if they were one. */
    static Statistics of(List<Carriers> sets) {
        return new Statistics(
                Engine.hosted() == null ? Heddle.Mode.CARRIERS : Heddle.Mode.HOSTED,
                sets.stream().mapToInt(Carriers::workers).sum(),
                sets.stream().mapToInt(Carriers::spares).sum(),
                sets.stream()
                        .flatMap(set -> IntStream.range(0, set.count()).mapToObj(i -> carrier(set, i)))
                        .toList(),
                hostedPollers(Engine.hostedMasterIfStarted()));
    }

    private static Carrier carrier(Carriers set, int i) {
        return new Carrier(
                set.number(i),
                set.count(i, Count.TASKS),
                set.count(i, Count.POLLS),
                set.count(i, Count.EVENTS),
                set.count(i, Count.PARKS),
                set.count(i, Count.WAKES),
                set.count(i, Count.STEALS_IN),
                set.count(i, Count.STEALS_OUT),
                set.count(i, Count.RESCUES),
                set.count(i, Count.FOREIGN_WAITS),
                set.count(i, Count.MOVES_IN),
                set.count(i, Count.TIMERS),
                set.queued(i));
    }

    private static List<HostedPoller> hostedPollers(@Nullable HostedMaster master) {
        if (master == null) {
            return List.of();
        }
        return IntStream.range(0, master.count())
                .mapToObj(i -> new HostedPoller(
                        i,
                        master.count(i, Count.POLLS),
                        master.count(i, Count.EVENTS),
                        master.count(i, Count.PARKS),
                        master.count(i, Count.TIMERS)))
                .toList();
    }
}
