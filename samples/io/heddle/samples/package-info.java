/** Programs to start from. Each has a main method; the README says how to run them. */
@NullMarked
package io.heddle.samples;

import org.jspecify.annotations.NullMarked;
