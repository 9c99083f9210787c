/**
 * Faults of a real kernel and a real network: a program of ours and one of the JDK beside it, in a process of its own,
 * under tools that need root. Run by {@code -Pchaos}.
 */
@NullMarked
package io.heddle.chaos;

import org.jspecify.annotations.NullMarked;
