/** The poller of carriers and the selector of polls, over epoll(7) and eventfd(2). */
@NullMarked
package io.heddle.internal.epoll;

import org.jspecify.annotations.NullMarked;
