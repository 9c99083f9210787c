/** The selector over {@link java.nio.channels.Selector}, for every system. */
@NullMarked
package io.heddle.internal.nio;

import org.jspecify.annotations.NullMarked;
