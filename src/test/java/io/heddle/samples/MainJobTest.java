package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MainJobTest {
    @Test
    void aGoodRunEndsWithWhatItServedAndStatusZero() throws Exception {
        try (SampleProcess job =
                SampleProcess.sample("MainJob", "--seconds", "1", "--warmup", "0", "--connections", "50")) {
            int status = job.awaitEnd();

            assertThat(lastLine(job)).matches("served [1-9]\\d* requests over 50 connections, 0 errors");
            assertThat(status).isZero();
            assertThat(job.output())
                    .containsPattern("heddle +measured +[\\d.]+ s")
                    .containsPattern("jdk +measured +[\\d.]+ s")
                    .containsPattern("requests/s +[\\d,]+ +[\\d,]+ +[\\d.]+\n")
                    .containsPattern("p99 latency, ms +[\\d.]+ +[\\d.]+")
                    .containsPattern("CPU per request, us +[\\d.]+ +[\\d.]+")
                    .containsPattern("mode +" + System.getProperty("heddle.scheduler", "carriers") + " +jdk")
                    .containsPattern("arming +" + System.getProperty("heddle.arming", "edge") + " +-");
        }
    }

    @Test
    void aWrongAnswerIsShownCountedAndMakesTheStatusOne() throws Exception {
        try (SampleProcess job = SampleProcess.sample(
                "MainJob", "--seconds", "1", "--warmup", "0", "--connections", "5", "--path", "/missing")) {
            int status = job.awaitEnd();

            assertThat(lastLine(job)).isEqualTo("served 0 requests over 5 connections, 10 errors");
            assertThat(status).isEqualTo(1);
            assertThat(job.output())
                    .contains("error, heddle: 5 x java.io.IOException: unexpected answer: HTTP/1.1 404")
                    .contains("error, jdk: 5 x java.io.IOException: unexpected answer: HTTP/1.1 404");
        }
    }

    @Test
    void aWrongOptionNamesTheRightOnes() throws Exception {
        try (SampleProcess job = SampleProcess.sample("MainJob", "--conections", "5")) {
            assertThat(job.awaitEnd()).isEqualTo(1);
            assertThat(job.output()).startsWith("no such option: --conections").contains("--connections 1000");
        }
    }

    private static String lastLine(SampleProcess job) {
        return job.output().lines().reduce("", (first, last) -> last);
    }
}
