/** What the behaviour tests share: who calls, who is at the other end, and what may not be left behind. */
@NullMarked
package io.heddle.testing;

import org.jspecify.annotations.NullMarked;
