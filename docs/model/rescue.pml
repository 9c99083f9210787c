/*
 * How carriers sleep, are woken, and are rescued: SleepGate, Inbox, Ownership, the doorbell of a poller, Monitor.parked,
 * and above them one direction of a descriptor (Readiness), as one model for spin(1). README.md tells what is checked,
 * how, and what is left out.
 *
 * Two carriers, three workers (one is a spare), the monitor, and
 *   waiter 0   at carrier 0: reads registration 0 until the closer halts it, then opens registration 1, which has the
 *              same descriptor number, and reads that; between the two it may block its worker until waiter 1 is done
 *   waiter 1   at either carrier: reads registration 2, where nothing ever comes, with a deadline
 *   kernel     reports registrations 0 and 1, each once and at any time
 *   clock      lets the deadline pass at any time
 *
 * Each statement is one step, as are atomic and d_step: so one for each read, write or CAS of what others see.
 */

#define NONE 7

/* The carrier of waiter 1. */
#ifndef HOME1
#define HOME1 0
#endif

/* The ownership word: bit 0 IN_TASK, bits 1-2 the worker. The epoch serves the monitor's patience alone. */
#define LOOP(worker) ((worker) << 1)
#define IN_TASK(word) ((word) & 1)
#define WORKER(word) ((word) >> 1)

/* A direction: nobody waits, the one waiter waits, or the kernel has reported. */
#define IDLE 0
#define WAITING 1
#define READY 2

/* A virtual thread, as in java.lang.VirtualThread. */
#define RUNNING 0
#define PARKING 1
#define PARKED 2
#define QUEUED 3
#define ENDED 4

/* A message or a task: the number of a waiter, or SCHEDULE for the timer. */
#define SCHEDULE 2

/* Carriers. */
byte own[2];
chan inbox[2] = [4] of { byte };
chan ring[2] = [4] of { byte };
bit asleep[2];
bit doorbell[2];

#ifdef STEAL
/* Whether a carrier has tasks that wait, and whether a sibling was woken to take some of them. */
bit loaded[2];
bit searching;
#endif

/* Workers: the carrier each believes to serve, the one it was given, and who is spare. */
byte serves[3] = NONE;
byte assigned[3] = NONE;
byte spares = 4;

/* Monitor. */
bit parked;
bit monitorPermit;
byte early;

/* Virtual threads. */
byte home[2];
byte state[2] = QUEUED;
bit permit[2];
byte mounted[2] = NONE;
bit blocked;

/* Registrations, and which of 0 and 1 has their number now. Events go to the waiter's home. */
byte table = NONE;
byte word[3];
bit halted;
bit watched[3];
bit edge[2];
bit reported[2];
#define WAITER(r) ((r) >> 1)

/* The one timer: the carrier in whose wheel it is linked. */
byte linked = NONE;
bit due;

#define BUSINESS(c) \
    (len(inbox[c]) > 0 || len(ring[c]) > 0 || linked == c || (watched[0] && home[0] == c) || (watched[1] && home[0] == c) \
            || (watched[2] && home[1] == c))

/* What ends epoll_wait: the doorbell, an event, or the time it was given. */
#define WAIT_ENDS(c) (doorbell[c] || (c == home[0] && (edge[0] || edge[1])) || (linked == c && due))

/* Carrier: only the owner, and only in LOOP, touches ring, wheel and events. */
#define ASSERT_OWNER(c, w) assert(own[c] == LOOP(w))

/* Ownership.claim(): how says what came of it. */
#define FOREIGN 0
#define CLAIMED 1
#define LENT 2

/* The read and the CAS are one step: if the monitor comes between them, or before, the answer is the same. */
inline claim(c, w) {
    atomic {
        if
        :: w == NONE -> how = FOREIGN
        :: w != NONE && !(serves[w] == c && WORKER(own[c]) == w) -> how = FOREIGN
        :: w != NONE && serves[w] == c && WORKER(own[c]) == w && !IN_TASK(own[c]) -> how = CLAIMED
        :: w != NONE && serves[w] == c && WORKER(own[c]) == w && IN_TASK(own[c]) -> how = LENT; own[c] = own[c] & ~1
        fi
    }
}

inline unclaim(c) {
    if
    :: how == LENT -> own[c] = own[c] | 1
    :: else
    fi;
    how = 0
}

/* SleepGate.claimWake() and the doorbell, after something was changed. */
inline ring_if_asleep(c) {
    if
    :: atomic { asleep[c] -> asleep[c] = 0 }; doorbell[c] = 1
    :: !asleep[c]
    fi
}

/* Carrier.execute() and schedule(), called on worker w, or on no worker of ours. */
inline submit(c, w, message) {
    claim(c, w);
    if
    :: how == FOREIGN -> inbox[c]!message; ring_if_asleep(c)
    :: else ->
        atomic { ASSERT_OWNER(c, w); deliver(c, message) };
        unclaim(c)
    fi
}

inline deliver(c, message) {
    if
    :: message == SCHEDULE -> linked = c
    :: else -> ring[c]!message
    fi
}

/* VirtualThread.unpark() */
inline unpark(v, w) {
    if
    :: atomic { permit[v] -> skip }
    :: atomic { !permit[v] -> permit[v] = 1 };
        if
        :: atomic { state[v] == PARKED -> state[v] = QUEUED }; submit(home[v], w, v)
        :: atomic { state[v] != PARKED -> skip }
        fi
    fi
}

/* Readiness.wake() and ready() */
inline wake(r, w) {
    if
    :: atomic { word[r] == WAITING -> word[r] = IDLE }; unpark(WAITER(r), w)
    :: atomic { word[r] != WAITING -> skip }
    fi
}

inline ready(r, w) {
    if
    :: atomic { word[r] == WAITING -> word[r] = READY }; unpark(WAITER(r), w)
    :: atomic { word[r] != WAITING -> word[r] = READY }
    fi
}

/* LockSupport.park() on a virtual thread: the worker does the rest. */
inline park(v) {
    if
    :: atomic { permit[v] -> permit[v] = 0 }
    :: atomic { !permit[v] -> state[v] = PARKING; mounted[v] = NONE; me = NONE };
        atomic { mounted[v] != NONE -> me = mounted[v] }
    fi
}

#ifdef STEAL
/* Carrier.setLoaded() and Carriers.wakeThief(). Whether a task has waited for long is open. */
inline ask_for_help(c, sibling) {
    if
    :: len(ring[c]) > 0 ->
        loaded[c] = 1;
        if
        :: searching
        :: !searching ->
            if
            :: !asleep[sibling]
            :: asleep[sibling] ->
                searching = 1;
                if
                :: atomic { asleep[sibling] -> asleep[sibling] = 0 }; doorbell[sibling] = 1
                :: !asleep[sibling] -> searching = 0
                fi
            fi
        fi
    :: true
    fi
}

/* Carrier.search(): what is ready at home goes first. A ring of two tasks has one to steal. */
inline search(c, w, victim) {
    loaded[c] = 0;
    if
    :: loaded[victim] && len(ring[victim]) > 0 ->
        atomic { harvest(c, w) };
        dispatch(c, w);
        if
        :: len(ring[c]) > 0
        :: len(ring[c]) == 0 ->
            if
#ifdef STEAL_WITHOUT_CAS
            :: atomic { ring[victim]?<m> -> skip }; ring[c]!m; m = 0
#else
            :: atomic { ring[victim]?m -> ring[c]!m; m = 0 }
#endif
            :: len(ring[victim]) == 0
            fi
        fi
    :: else
    fi
}
#endif

/* A worker. */

inline drain(c, w) {
    ASSERT_OWNER(c, w);
    do
    :: inbox[c]?m -> deliver(c, m)
    :: len(inbox[c]) == 0 -> break
    od;
    m = 0
}

inline advance(c, w) {
    if
    :: atomic { linked == c && due -> ASSERT_OWNER(c, w); linked = NONE }; wake(2, w)
    :: atomic { !(linked == c && due) -> skip }
    fi
}

/* The kernel gives its events to the buffer of the owner, who then goes through them. */
inline harvest(c, w) {
    ASSERT_OWNER(c, w);
    bell = doorbell[c];
    if
    :: c == home[0] -> events = edge[0] | (edge[1] << 1); edge[0] = 0; edge[1] = 0
    :: else
    fi
}

inline dispatch(c, w) {
    if
    :: bell -> atomic { doorbell[c] = 0; bell = 0 }
    :: else
    fi;
    if
    :: events & 1 -> report(0, w)
    :: else
    fi;
    if
    :: events & 2 -> report(1, w)
    :: else
    fi;
    events = 0
}

/* Registrations.ready(): the generation must be the one that is registered. */
inline report(r, w) {
    if
#ifdef NO_GENERATION
    :: table == 0 -> ready(0, w)
    :: table == 1 -> ready(1, w)
    :: table == NONE
#else
    :: table == r -> ready(r, w)
    :: table != r
#endif
    fi
}

proctype Worker(byte w) {
    byte c, v, how, m, events;
    bit bell, lost;

spare:
end_spare:
    atomic { assigned[w] != NONE -> c = assigned[w]; assigned[w] = NONE; serves[w] = c; lost = 0 };
    do
    :: lost -> break
        /* run(): enterTask, the continuation, what VirtualThread does after it has yielded, leaveTask. */
    :: atomic { !lost && len(ring[c]) > 0 ->
            ASSERT_OWNER(c, w);
            ring[c]?v;
            own[c] = own[c] | 1;
            assert(state[v] == QUEUED); /* no stale wake: a thread that runs or is parked is in no queue */
            state[v] = RUNNING;
            permit[v] = 0;
            mounted[v] = w
        };
        mounted[v] == NONE;
        if
        :: state[v] == PARKING ->
            state[v] = PARKED;
            if
            :: atomic { permit[v] && state[v] == PARKED -> state[v] = QUEUED }; submit(home[v], w, v)
            :: atomic { !(permit[v] && state[v] == PARKED) -> skip }
            fi
        :: else
        fi;
        v = 0;
        claim(c, w);
#ifdef STALE_WORKER_GOES_ON
        how = 0
#else
        if
        :: how == FOREIGN -> lost = 1
        :: else
        fi;
        how = 0;
        if
        :: !lost ->
            /* The turn is over, or not. */
            if
            :: atomic { drain(c, w); harvest(c, w) };
                advance(c, w);
                dispatch(c, w)
#ifdef STEAL
                ;
                ask_for_help(c, 1 - c)
#endif
            :: skip
            fi
        :: else
        fi
#endif
    :: !lost && len(ring[c]) == 0 ->
        /* rest() */
        atomic { drain(c, w) };
        advance(c, w);
#ifdef STEAL
        if
        :: len(ring[c]) > 0
        :: len(ring[c]) == 0 -> search(c, w, 1 - c)
        fi;
#endif
        if
        :: len(ring[c]) > 0
        :: len(ring[c]) == 0 ->
            asleep[c] = 1;
            if
#ifndef NO_SECOND_LOOK
            :: len(inbox[c]) > 0
            :: len(inbox[c]) == 0 ->
#else
            :: true ->
#endif
end_sleep:
                atomic { WAIT_ENDS(c) -> harvest(c, w) };
                dispatch(c, w)
            fi;
            asleep[c] = 0;
#if defined(STEAL) && !defined(KEEPS_SEARCHING)
            if
            :: searching -> searching = 0
            :: !searching
            fi;
#endif
            if
            :: parked -> monitorPermit = 1
            :: !parked
            fi
        fi
    od;
    atomic { serves[w] = NONE; spares = spares | (1 << w); c = 0 };
    goto spare
}

/*
 * The monitor takes the carrier of a task that is blocked, and EARLY times in a run that of one that is only slow. When
 * it comes is open: the protocol may not depend on its patience. Rounds in which it finds nothing to do are left out.
 */
#ifndef EARLY
#define EARLY 1
#endif
#define IS_BLOCKED(c) (blocked && mounted[0] == WORKER(own[c]))
#ifdef IGNORE_LOOP
#define MAY_TAKE(word) true
#else
#define MAY_TAKE(word) IN_TASK(word)
#endif
#ifdef NO_RESCUE
#define RESCUABLE(c) false
#else
#define RESCUABLE(c) (MAY_TAKE(own[c]) && BUSINESS(c) && spares != 0 && (early < EARLY || IS_BLOCKED(c)))
#endif

inline look(c) {
    seen = own[c];
    if
    :: MAY_TAKE(seen) && BUSINESS(c) ->
        if
        :: IS_BLOCKED(c)
        :: else -> early = (early < EARLY -> early + 1 : early)
        fi;
        if
        :: atomic { spares & 1 -> spare = 0; spares = spares & ~1 }
        :: atomic { !(spares & 1) && (spares & 2) -> spare = 1; spares = spares & ~2 }
        :: atomic { !(spares & 3) && (spares & 4) -> spare = 2; spares = spares & ~4 }
        :: spares == 0 -> spare = NONE
        fi;
        if
        :: spare == NONE
        :: spare != NONE ->
            /* takeOver() */
            if
            :: atomic { own[c] == seen -> own[c] = LOOP(spare) };
                assigned[spare] = c
            :: atomic { own[c] != seen -> spares = spares | (1 << spare) }
            fi
        fi;
        spare = 0
    :: else
    fi;
    seen = 0
}

proctype Monitor() {
    byte seen, spare;

end:
    do
    :: RESCUABLE(0) -> look(0)
    :: RESCUABLE(1) -> look(1)
    :: asleep[0] ->
end_half:
        if
        :: RESCUABLE(0) -> look(0)
        :: RESCUABLE(1) -> look(1)
        :: asleep[1] ->
            parked = 1;
            do
#ifndef NO_LOOK_BEFORE_PARK
            :: !asleep[0] -> break
            :: asleep[0] ->
                if
                :: !asleep[1] -> break
                :: asleep[1] ->
end_parked:
                    atomic { monitorPermit -> monitorPermit = 0 }
                fi
#else
            :: true ->
end_parked:
                atomic { monitorPermit -> monitorPermit = 0 };
                break
#endif
            od;
            parked = 0
        fi
    od
}

/* Registration.await() without a deadline, for the waiter that is on worker me; broken tells that it was halted. */
inline await(r, v, mayHalt) {
    if
    :: atomic { word[r] == READY -> word[r] = IDLE }
    :: atomic { word[r] != READY ->
            assert(word[r] == IDLE);
#ifndef LOOK_BEFORE_PUBLISH
            word[r] = WAITING
#endif
        };
#ifdef LOOK_BEFORE_PUBLISH
        if
        :: mayHalt && halted -> goto closed
        :: else
        fi;
        if
        :: atomic { word[r] == IDLE -> word[r] = WAITING }
        :: atomic { word[r] == READY -> skip }
        fi;
#endif
        watched[r] = 1;
        do
        :: word[r] != WAITING -> break
        :: word[r] == WAITING ->
#ifndef LOOK_BEFORE_PUBLISH
            if
            :: mayHalt && halted ->
                if
                :: atomic { word[r] == WAITING -> word[r] = IDLE }
                :: atomic { word[r] != WAITING -> skip }
                fi;
                break
            :: else
            fi;
#endif
            park(v)
        od
    fi
}

proctype Waiter0() {
    byte me = NONE;

    atomic { mounted[0] != NONE -> me = mounted[0] };
    table = 0;
    do
    :: !halted -> await(0, 0, true)
    :: halted -> break
    od;
closed:
    /* The last user: out of the table, then close(2), which takes what the kernel has not yet reported with it. */
    table = NONE;
    d_step { watched[0] = 0; edge[0] = 0 };
    if
    :: blocked = 1; /* a native call, a class initialiser */
        atomic { state[1] == ENDED -> blocked = 0 }
    :: true
    fi;
    table = 1;
    do
    :: atomic { word[1] == READY -> word[1] = IDLE };
        assert(reported[1]); /* no stale wake: what made it ready was an event of its own */
        break
    :: word[1] != READY -> await(1, 0, false)
    od;
    atomic { watched[1] = 0; edge[1] = 0; table = NONE; state[0] = ENDED; mounted[0] = NONE }
}

proctype Waiter1() {
    byte me = NONE, how;
    bit scheduled;

    atomic { mounted[1] != NONE -> me = mounted[1] };
    do
    :: due -> break
    :: !due ->
        atomic { assert(word[2] == IDLE); word[2] = WAITING; watched[2] = 1 };
        if
        :: !scheduled -> scheduled = 1; submit(home[1], me, SCHEDULE)
        :: scheduled
        fi;
        do
        :: word[2] != WAITING -> break
        :: word[2] == WAITING -> park(1)
        od
    od;
    atomic { watched[2] = 0; state[1] = ENDED; mounted[1] = NONE }
}

proctype Closer() {
    byte how;

    halted = 1;
    wake(0, NONE)
}

/* Once each, and only while it is watched; registering what is ready already is the same as becoming ready then. */
proctype Kernel() {
end:
    do
    :: atomic { watched[0] && !reported[0] -> edge[0] = 1; reported[0] = 1 }
    :: atomic { watched[1] && !reported[1] -> edge[1] = 1; reported[1] = 1 }
    od
}

proctype Clock() {
    due = 1
}

init {
    atomic {
        home[1] = HOME1;
        own[0] = LOOP(0);
        own[1] = LOOP(1);
        assigned[0] = 0;
        assigned[1] = 1;
        run Worker(0);
        run Worker(1);
        run Worker(2);
        run Monitor();
        run Waiter0();
        run Waiter1();
        run Closer();
        run Kernel();
        run Clock();
        ring[0]!0;
        ring[home[1]]!1
    }
}

#ifdef PROPERTIES
/* Parked and ready leads to running. */
ltl ready0 {
    [] ((state[0] == PARKED && (edge[0] || edge[1] || (halted && table == 0))) -> <> (state[0] == RUNNING))
}
ltl ready1 { [] ((state[1] == PARKED && due) -> <> (state[1] == RUNNING)) }
#ifdef STEAL
/* There will be another thief. */
ltl thief { [] (searching -> <> !searching) }
#endif
#endif
