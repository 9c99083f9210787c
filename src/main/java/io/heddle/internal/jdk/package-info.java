/**
 * The JDK door: everything that asks which carrier runs this thread or reaches hidden members, each with
 * a documented fallback.
 */
@NullMarked
package io.heddle.internal.jdk;

import org.jspecify.annotations.NullMarked;
