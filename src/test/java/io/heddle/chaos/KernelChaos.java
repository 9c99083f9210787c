package io.heddle.chaos;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** Tests that need root, and the tools of {@link Lab}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("chaos")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@interface KernelChaos {}
