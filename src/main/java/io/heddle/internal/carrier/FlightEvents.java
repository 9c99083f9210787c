package io.heddle.internal.carrier;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * What carriers tell the flight recorder of the JDK. Until a recording begins in this process none of the event
 * classes is loaded, and a carrier pays for the question whether {@link #on} is set.
 */
@SuppressWarnings("UnusedVariable") // The recorder reads the fields of events.
public final class FlightEvents {
    /*
     * Only nested classes refer to classes of jdk.jfr in a way that loads them: an image without that module can use
     * this class, as long as nobody calls listen().
     */
    private static final int FRAMES_MAX = 64;

    /** Whether a recording has begun in this process; never reset. */
    static volatile boolean on;

    private FlightEvents() {}

    /** From now on, recordings that run or begin have our events. Needs the module jdk.jfr. */
    public static void listen() {
        Listener.listen();
    }

    static void stole(Carrier thief, Carrier victim, int tasks) {
        StealEvent.commit(thief, victim, tasks);
    }

    static void rescued(Carrier carrier, int from, int to) {
        RescueEvent.commit(carrier, Worker.name(from), Worker.name(to));
    }

    /** Takes the stack of the stuck thread, for which the caller may have to wait until it is at a safepoint. */
    static void stalled(Carrier carrier, int worker, @Nullable Thread stuck, long stuckNanos) {
        StallEvent.commit(carrier, Worker.name(worker), stuck, stuckNanos);
    }

    private static final class Listener implements FlightRecorderListener {
        static void listen() {
            FlightRecorder.addListener(new Listener());
        }

        @Override
        public void recorderInitialized(FlightRecorder recorder) {
            FlightRecorder.addPeriodicEvent(StatisticsEvent.class, StatisticsEvent::commitAll);
            // Here and not on a carrier: to load an event takes locks.
            for (Class<? extends Event> event : List.of(StealEvent.class, RescueEvent.class, StallEvent.class)) {
                FlightRecorder.register(event);
            }
            on = StealEvent.TYPE != null && RescueEvent.TYPE != null && StallEvent.TYPE != null;
        }
    }

    @Name("io.heddle.Steal")
    @Label("Steal")
    @Category("Heddle")
    @Description("An idle carrier took threads that waited at a loaded one")
    @StackTrace(false)
    private static final class StealEvent extends Event {
        static final EventType TYPE = EventType.getEventType(StealEvent.class);

        @Label("Thief")
        @Description("Number of the carrier that took them")
        int thief;

        @Label("Victim")
        @Description("Number of the carrier at which they waited")
        int victim;

        @Label("Threads")
        int threads;

        static void commit(Carrier thief, Carrier victim, int threads) {
            if (TYPE.isEnabled()) {
                StealEvent event = new StealEvent();
                event.thief = thief.number;
                event.victim = victim.number;
                event.threads = threads;
                event.commit();
            }
        }
    }

    @Name("io.heddle.Rescue")
    @Label("Rescue")
    @Category("Heddle")
    @Description("A carrier was given to another worker, as its own was stuck in one thread")
    @StackTrace(false)
    private static final class RescueEvent extends Event {
        static final EventType TYPE = EventType.getEventType(RescueEvent.class);

        @Label("Carrier")
        int carrier;

        @Label("Stuck Worker")
        @Nullable
        String from;

        @Label("New Worker")
        @Nullable
        String to;

        static void commit(Carrier carrier, String from, String to) {
            if (TYPE.isEnabled()) {
                RescueEvent event = new RescueEvent();
                event.carrier = carrier.number;
                event.from = from;
                event.to = to;
                event.commit();
            }
        }
    }

    @Name("io.heddle.CarrierStall")
    @Label("Carrier Stall")
    @Category("Heddle")
    @Description("A worker is stuck in one thread while something waits for its carrier")
    @StackTrace(false)
    private static final class StallEvent extends Event {
        static final EventType TYPE = EventType.getEventType(StallEvent.class);

        @Label("Carrier")
        int carrier;

        @Label("Worker")
        @Nullable
        String worker;

        @Label("Stalled For")
        @Description("So far, at least")
        @Timespan
        long stalledFor;

        @Label("Virtual Thread")
        @Nullable
        String virtualThread;

        @Label("Stack")
        @Description("Of the virtual thread, soon after")
        @Nullable
        String stack;

        static void commit(Carrier carrier, String worker, @Nullable Thread stuck, long stuckNanos) {
            if (TYPE.isEnabled()) {
                StallEvent event = new StallEvent();
                event.carrier = carrier.number;
                event.worker = worker;
                event.stalledFor = stuckNanos;
                if (stuck != null) {
                    event.virtualThread = stuck.toString();
                    event.stack = Stream.of(stuck.getStackTrace())
                            .limit(FRAMES_MAX)
                            .map(StackTraceElement::toString)
                            .collect(Collectors.joining("\n"));
                }
                event.commit();
            }
        }
    }

    @Name("io.heddle.CarrierStatistics")
    @Label("Carrier Statistics")
    @Category("Heddle")
    @Description("What a carrier has done since it began; see io.heddle.Statistics.Carrier")
    @Period("1 s")
    @StackTrace(false)
    private static final class StatisticsEvent extends Event {
        @Label("Carrier")
        int carrier;

        @Label("Threads Run")
        long threadsRun;

        @Label("Polls")
        long polls;

        @Label("Events")
        long events;

        @Label("Parks")
        long parks;

        @Label("Wake-ups")
        long wakeups;

        @Label("Steals In")
        long stealsIn;

        @Label("Steals Out")
        long stealsOut;

        @Label("Rescues")
        long rescues;

        @Label("Foreign Waits")
        long foreignWaits;

        @Label("Moves In")
        long movesIn;

        @Label("Timers Fired")
        long timersFired;

        @Label("Queued")
        int queued;

        static void commitAll() {
            for (Carriers set : Carriers.live()) {
                for (int i = 0; i < set.count(); i++) {
                    of(set, i).commit();
                }
            }
        }

        private static StatisticsEvent of(Carriers set, int i) {
            StatisticsEvent event = new StatisticsEvent();
            event.carrier = set.number(i);
            event.threadsRun = set.count(i, Count.TASKS);
            event.polls = set.count(i, Count.POLLS);
            event.events = set.count(i, Count.EVENTS);
            event.parks = set.count(i, Count.PARKS);
            event.wakeups = set.count(i, Count.WAKES);
            event.stealsIn = set.count(i, Count.STEALS_IN);
            event.stealsOut = set.count(i, Count.STEALS_OUT);
            event.rescues = set.count(i, Count.RESCUES);
            event.foreignWaits = set.count(i, Count.FOREIGN_WAITS);
            event.movesIn = set.count(i, Count.MOVES_IN);
            event.timersFired = set.count(i, Count.TIMERS);
            event.queued = set.queued(i);
            return event;
        }
    }
}
