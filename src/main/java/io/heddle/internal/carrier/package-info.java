/** The scheduler: carriers and their workers, run queues, take-over; and the hosted poller. */
@NullMarked
package io.heddle.internal.carrier;

import org.jspecify.annotations.NullMarked;
