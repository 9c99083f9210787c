/** Our sockets behind {@code java.net}: implementations of {@link java.net.SocketImpl}. */
@NullMarked
package io.heddle.internal.javanet;

import org.jspecify.annotations.NullMarked;
