/**
 * The life of one descriptor and the one shape of every blocking call: check, try, await, retry; with
 * deadlines, interrupts and close.
 */
@NullMarked
package io.heddle.internal.socket;

import org.jspecify.annotations.NullMarked;
