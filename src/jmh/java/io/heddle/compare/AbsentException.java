package io.heddle.compare;

import java.io.Serial;

/** A server that cannot run on this machine; the message says why. */
final class AbsentException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    AbsentException(String reason) {
        super(reason);
    }
}
