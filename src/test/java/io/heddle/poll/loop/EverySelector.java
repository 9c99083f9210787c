package io.heddle.poll.loop;

import io.heddle.poll.Selectors;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One run for each selector that there is: kqueue where a libkqueue is named, see CONTRIBUTING.md. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@MethodSource("io.heddle.poll.loop.EverySelector$Kinds#available")
@interface EverySelector {
    /** What there is. */
    final class Kinds {
        private Kinds() {}

        static Stream<Selectors> available() {
            return Stream.of(Selectors.values()).filter(kind -> kind != Selectors.AUTO && kind.isAvailable());
        }
    }
}
