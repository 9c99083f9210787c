package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.poll.spi.Readiness;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** Interests, events, and where they are kept. */
class VocabularyTest {
    private static final Interest R = Interest.READABLE;
    private static final Interest W = Interest.WRITABLE;
    private static final Interest P = Interest.PRIORITY;

    @Test
    void interestsAreAddedAndRemoved() {
        Interest both = R.add(W);
        assertThat(both.isReadable()).isTrue();
        assertThat(both.isWritable()).isTrue();
        assertThat(both.isPriority()).isFalse();
        assertThat(both.add(R)).isSameAs(both).isSameAs(W.add(R));
        assertThat(both.remove(W)).containsSame(R);
        assertThat(both.remove(P)).containsSame(both);
        assertThat(both.remove(both)).isEmpty();
        assertThat(R.remove(both)).isEmpty();
    }

    @Test
    void anInterestKeepsItsTrigger() {
        assertThat(R.trigger()).isEqualTo(Trigger.EDGE);
        for (Trigger trigger : Trigger.values()) {
            assertThat(R.with(trigger).trigger()).isEqualTo(trigger);
            assertThat(R.with(trigger).add(W.with(Trigger.LEVEL)))
                    .isSameAs(R.add(W).with(trigger));
            assertThat(R.add(W).with(trigger).remove(W)).containsSame(R.with(trigger));
            assertThat(R.with(trigger).with(Trigger.EDGE)).isSameAs(R);
        }
    }

    @Test
    void anInterestNamesWhatIsInIt() {
        assertThat(R).hasToString("READABLE");
        assertThat(P.add(W).add(R)).hasToString("READABLE | WRITABLE | PRIORITY");
        assertThat(W.with(Trigger.ONESHOT)).hasToString("WRITABLE (ONESHOT)");
    }

    @Test
    void anEventNamesEveryFlag() {
        Events events = Events.withCapacity(2);
        events.add(-1, 0);
        events.add(
                7,
                Readiness.READABLE
                        | Readiness.WRITABLE
                        | Readiness.ERROR
                        | Readiness.READ_CLOSED
                        | Readiness.WRITE_CLOSED
                        | Readiness.PRIORITY);
        assertThat(events.get(0))
                .hasToString("Event[token=-1, readable=false, writable=false, error=false, readClosed=false,"
                        + " writeClosed=false, priority=false]");
        assertThat(events.get(1))
                .hasToString("Event[token=7, readable=true, writable=true, error=true, readClosed=true,"
                        + " writeClosed=true, priority=true]");
        assertThat(events).hasToString("[" + events.get(0) + ", " + events.get(1) + "]");
    }

    @Test
    void eachFlagIsItsOwn() {
        Event event = new Event();
        for (int bit = 1; bit <= Readiness.WRITE_CLOSED; bit <<= 1) {
            event.set(bit, bit);
            List<Boolean> flags = List.of(
                    event.isReadable(),
                    event.isWritable(),
                    event.isPriority(),
                    event.isError(),
                    event.isReadClosed(),
                    event.isWriteClosed());
            assertThat(flags.indexOf(true)).isEqualTo(Integer.numberOfTrailingZeros(bit));
            assertThat(flags.lastIndexOf(true)).isEqualTo(Integer.numberOfTrailingZeros(bit));
            assertThat(event.token()).isEqualTo(bit);
        }
    }

    @Test
    void aCopyOutlivesTheNextPoll() {
        Event event = new Event();
        event.set(7, Readiness.READABLE);
        Event copy = event.copy();
        event.set(8, Readiness.WRITABLE);
        assertThat(copy.token()).isEqualTo(7);
        assertThat(copy.isReadable()).isTrue();
        assertThat(copy.isWritable()).isFalse();
    }

    @Test
    void eventsAreReadByIndexAndInTurn() {
        Events events = Events.withCapacity(3);
        assertThat(events.isEmpty()).isTrue();
        events.add(1, 1);
        events.add(2, 1);
        assertThat(events.size()).isEqualTo(2);
        assertThat(events.capacity()).isEqualTo(3);
        List<Long> tokens = new ArrayList<>();
        events.forEach(event -> tokens.add(event.token()));
        assertThat(tokens).containsExactly(1L, 2L);
        assertThatThrownBy(() -> events.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
        Iterator<Event> iterator = events.iterator();
        assertThat(iterator.next()).isSameAs(events.get(0));
        assertThat(iterator.next()).isSameAs(events.get(1));
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
        events.clear();
        assertThat(events.isEmpty()).isTrue();
        assertThat(events.capacity()).isEqualTo(3);
    }

    @Test
    void eventsHaveRoomForOneAtLeast() {
        assertThatThrownBy(() -> Events.withCapacity(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("events must have a capacity of 1 or more: capacity=0");
        assertThatThrownBy(() -> Events.withCapacity(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Events.growing(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void eventsGrowOnlyIfTheyWereFull() {
        Events events = Events.growing(2, 5);
        events.add(1, 1);
        events.clear();
        assertThat(events.capacity()).isEqualTo(2);
        for (int capacity : new int[] {4, 5, 5}) {
            while (!events.isFull()) {
                events.add(1, 1);
            }
            assertThat(events.capacity()).isEqualTo(capacity);
            events.clear();
            assertThat(events.capacity()).isEqualTo(capacity);
        }
    }
}
