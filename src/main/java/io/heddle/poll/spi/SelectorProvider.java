package io.heddle.poll.spi;

import java.io.IOException;

/** Opens selectors of one kind. */
@FunctionalInterface
public interface SelectorProvider {
    /**
     * Opens a selector that watches nothing yet. The caller closes it.
     *
     * @return the selector
     * @throws IOException if the system has no means left for one more
     */
    Selector open() throws IOException;
}
