package io.heddle.poll;

/** {@code -Dheddle.selector=}, which is read once, changed in the middle of a process. */
public final class Setting {
    private static final String PROPERTY = "heddle.selector";

    private Setting() {}

    /** Sets what {@link Selectors#AUTO} stands for from now on. */
    public static void set(String name) {
        System.setProperty(PROPERTY, name);
        Selectors.forgetSetting();
    }

    /** Back to the best there is. */
    public static void clear() {
        System.clearProperty(PROPERTY);
        Selectors.forgetSetting();
    }
}
