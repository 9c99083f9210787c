package io.heddle.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of what users see. They run in all four modes (carriers or hosted, edge or oneshot), and none may leave
 * anything behind.
 *
 * <p>Each test has a thread of its own, which is given up on when the time is over: a platform thread that hangs in
 * one of our calls cannot be interrupted.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("behaviour")
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public @interface Behaviour {}
