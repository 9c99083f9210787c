/**
 * The sockets of Heddle in the shape of {@code java.net} and {@code javax.net}, for code that is written for those.
 * Take {@link io.heddle.javanet.HeddleSocketFactory} where a factory can be named,
 * {@link io.heddle.javanet.HeddleSocket} and {@link io.heddle.javanet.HeddleServerSocket} where the code is one's own,
 * and {@link io.heddle.javanet.HeddleSockets#installAsDefault} for what cannot be told.
 */
@NullMarked
package io.heddle.javanet;

import org.jspecify.annotations.NullMarked;
