package io.heddle.poll.loop;

import io.heddle.poll.Event;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes what a loop tells it, and then does what the test has said for that. */
final class Recorder implements Handler<String, Integer> {
    /** What a test wants done by the handler. */
    interface Deed {
        void on(EventLoop<String, Integer> loop) throws IOException;
    }

    /** Such as "ready 1", "message a", "timeout 3", and, if wanted, "tick". */
    final List<String> told = new CopyOnWriteArrayList<>();

    private final Map<String, Deed> deeds = new HashMap<>();
    private final boolean ticks;

    private Recorder(boolean ticks) {
        this.ticks = ticks;
    }

    static Recorder create() {
        return new Recorder(false);
    }

    static Recorder withTicks() {
        return new Recorder(true);
    }

    /** Before the loop runs. */
    Recorder on(String what, Deed deed) {
        deeds.put(what, deed);
        return this;
    }

    private void tell(EventLoop<String, Integer> loop, String what) throws IOException {
        told.add(what);
        act(loop, what);
    }

    private void act(EventLoop<String, Integer> loop, String what) throws IOException {
        Deed deed = deeds.get(what);
        if (deed != null) {
            deed.on(loop);
        }
    }

    @Override
    public void ready(EventLoop<String, Integer> loop, Event event) throws IOException {
        tell(loop, "ready " + event.token());
    }

    @Override
    public void message(EventLoop<String, Integer> loop, String message) throws IOException {
        tell(loop, "message " + message);
    }

    @Override
    public void timeout(EventLoop<String, Integer> loop, Integer token) throws IOException {
        tell(loop, "timeout " + token);
    }

    @Override
    public void tick(EventLoop<String, Integer> loop) throws IOException {
        if (ticks) {
            tell(loop, "tick");
        } else {
            act(loop, "tick");
        }
    }
}
