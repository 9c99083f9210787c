/**
 * Programs that others have written for the JDK's sockets, on ours: each as it comes from its authors, against a real
 * server, and beside it the same on the JDK's sockets.
 */
@NullMarked
package io.heddle.programs;

import org.jspecify.annotations.NullMarked;
