package io.heddle.samples;

/** A request that gets an error for an answer, after which its connection ends. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String because) {
        super(because);
        this.status = status;
    }

    /** From 400 up; one of {@link Site#refusal}. */
    int status() {
        return status;
    }
}
