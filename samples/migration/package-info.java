/**
 * A program on the sockets of the JDK, and the same on Heddle: but for imports and its name one line is another.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample.main=migration.Before}, or {@code migration.After}.
 */
@NullMarked
package migration;

import org.jspecify.annotations.NullMarked;
