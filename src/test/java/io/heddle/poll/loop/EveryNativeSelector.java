package io.heddle.poll.loop;

import io.heddle.poll.Selectors;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link EverySelector}, where descriptors are watched, or system calls counted. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@EnumSource(
        value = Selectors.class,
        names = {"EPOLL", "POLL"})
@interface EveryNativeSelector {}
