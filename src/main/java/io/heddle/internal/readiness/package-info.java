/** The park and wake handshake of one descriptor and direction; knows no carrier and no kernel. */
@NullMarked
package io.heddle.internal.readiness;

import org.jspecify.annotations.NullMarked;
