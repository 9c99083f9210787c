/**
 * The native door: one class per manual page or C struct, errno names, and the errno-to-exception
 * table. The only package that links native code.
 */
@NullMarked
package io.heddle.internal.sys;

import org.jspecify.annotations.NullMarked;
