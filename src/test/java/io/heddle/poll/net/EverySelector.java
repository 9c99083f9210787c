package io.heddle.poll.net;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One run with edges of the kernel, one with edges that have to be told of what would block, and one in which all that
 * is opened are channels of {@code java.nio}; over kqueue, too, where a libkqueue is named.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ChannelsForJdk.class)
@ParameterizedTest(name = "{0}")
@MethodSource("io.heddle.poll.net.Watch#selectors")
@interface EverySelector {}
