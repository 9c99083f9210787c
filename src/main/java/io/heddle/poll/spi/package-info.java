/**
 * What a selector has to do for {@link io.heddle.poll.spi.Selector}, for those who plug in their own: everything that
 * users are promised beyond this contract is done once, above it.
 */
@NullMarked
package io.heddle.poll.spi;

import org.jspecify.annotations.NullMarked;
