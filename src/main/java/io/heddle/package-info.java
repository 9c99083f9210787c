/**
 * Blocking sockets for virtual threads at event-loop cost.
 *
 * <p>{@link io.heddle.Heddle} makes virtual threads whose carriers poll the kernel themselves;
 * {@link io.heddle.TcpListener} and {@link io.heddle.TcpSocket} are TCP with plain blocking calls. A call that
 * would block parks its virtual thread, and the carrier of that thread runs others until the kernel reports the
 * socket ready. The same calls work from every other thread, too.
 */
@NullMarked
package io.heddle;

import org.jspecify.annotations.NullMarked;
