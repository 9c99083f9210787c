package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UdpBooksTest {
    @Test
    void theBooksOfAHundredThousandDatagramsBalance() throws Exception {
        try (SampleProcess program = SampleProcess.sample("UdpBooks", "100000")) {
            String line = program.awaitLine("100000 sent");
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
