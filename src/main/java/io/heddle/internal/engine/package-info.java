/** The composition root: probes, picks and wires engine, scheduler and arming. */
@NullMarked
package io.heddle.internal.engine;

import org.jspecify.annotations.NullMarked;
