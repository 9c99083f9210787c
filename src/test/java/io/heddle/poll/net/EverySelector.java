package io.heddle.poll.net;

import io.heddle.poll.Selectors;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One run with edges of the kernel, one with edges that have to be told of what would block, and one in which all that
 * is opened are channels of {@code java.nio}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ChannelsForJdk.class)
@ParameterizedTest(name = "{0}")
@EnumSource(
        value = Selectors.class,
        names = {"EPOLL", "POLL", "JDK"})
@interface EverySelector {}
