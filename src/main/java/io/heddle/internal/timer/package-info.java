/** The one timer wheel, owned by whoever polls. */
@NullMarked
package io.heddle.internal.timer;

import org.jspecify.annotations.NullMarked;
