package io.heddle.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** {@link Resolver}'s threads; what it answers is tested through the sockets. */
class ResolverTest {
    private static boolean hasThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("heddle-resolver"));
    }

    @Test
    void itsThreadsEndWhenNobodyAsks() throws Exception {
        assertThat(Resolver.resolve("localhost", 0)).contains(InetAddress.ofLiteral("127.0.0.1"));
        assertThat(hasThreads()).isTrue();
        Await.until("they have ended", () -> !hasThreads());

        assertThat(Resolver.resolve("127.0.0.1", 0)).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
        assertThat(hasThreads()).as("for an address in text form").isFalse();
    }
}
