/** The selector over poll(2), for every Unix. */
@NullMarked
package io.heddle.internal.pollfd;

import org.jspecify.annotations.NullMarked;
