package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UdpBooksTest {
    /** On loopback, and never more on their way than a socket's buffer takes, next to nothing is lost. */
    private static final int LOST_MAX = 1_000;

    private static int figure(String text, String line) {
        Matcher matcher = Pattern.compile(text).matcher(line);
        assertThat(matcher.find()).as(line).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    @Test
    void theBooksOfAHundredThousandDatagramsBalance() throws Exception {
        try (SampleProcess program = SampleProcess.sample("UdpBooks", "100000")) {
            int server = figure("(\\d+)$", program.awaitLine("the server has answered "));
            String line = program.awaitLine("100000 sent");
            int answered = figure("(\\d+) answered", line);
            int lost = figure("(\\d+) lost", line);
            int late = figure("(\\d+) late", line);
            assertThat(answered + lost).isEqualTo(100_000);
            assertThat(server).isBetween(answered + late, 100_000);
            assertThat(lost).isLessThanOrEqualTo(LOST_MAX);
            assertThat(program.awaitEnd()).as(line).isZero();
        }
    }

    @Test
    void theBooksTellWhatWasLeftOut() throws Exception {
        try (SampleProcess program = SampleProcess.sample("UdpBooks", "2000", "500")) {
            String line = program.awaitLine("2000 sent");
            assertThat(line).isEqualTo("2000 sent = 1996 answered + 4 lost, of which 0 late");
            assertThat(program.awaitEnd()).isZero();
        }
    }
}
