/** The selector over kqueue(2), for macOS and the BSDs. */
@NullMarked
package io.heddle.internal.kqueue;

import org.jspecify.annotations.NullMarked;
