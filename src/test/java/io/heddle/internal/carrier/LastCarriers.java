package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The end of carriers that nobody succeeds: what they leave undone has nowhere to go, so they must be idle. */
final class LastCarriers {
    /** A test that failed may have left anything behind. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private LastCarriers() {}

    /** Closes them when they have nothing to do any more. */
    static void close(Carriers last) throws Exception {
        boolean idle = Await.until("the last carriers are idle", PATIENCE_NANOS, last::isIdle);
        String found = last.toString();
        last.close();
        assertThat(idle).as("the last carriers are idle: %s", found).isTrue();
    }

    /** Closes them, the last to come first; the first of all is heir to the others. */
    static void closeAll(List<Carriers> opened) throws Exception {
        opened.subList(1, opened.size()).reversed().forEach(Carriers::close);
        close(opened.getFirst());
    }
}
