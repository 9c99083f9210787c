/**
 * The poller contract, {@code Home} (what a waiter's poller looks like from below) and the vocabulary;
 * nothing here touches the system.
 */
@NullMarked
package io.heddle.internal.poller;

import org.jspecify.annotations.NullMarked;
