package io.heddle.testing;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * As {@link NoLeaks}, but looks for native memory only once, after all tests of the class: it comes back by a garbage
 * collection, and one for each of many small tests takes longer than the tests.
 */
public final class NoLeaksInClass
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(NoLeaksInClass.class);

    /** Creates the extension; JUnit does. */
    public NoLeaksInClass() {}

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        NoLeaks.warmUp();
        put(context, Ledger.take());
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        put(context, Ledger.take().withoutMemory());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        check(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        check(context);
    }

    private static void put(ExtensionContext context, Ledger before) {
        context.getStore(OURS).put(context.getUniqueId(), before);
    }

    private static void check(ExtensionContext context) throws Exception {
        Ledger before = context.getStore(OURS).remove(context.getUniqueId(), Ledger.class);
        if (before == null || context.getExecutionException().isPresent()) {
            // A test that failed half-way has its own message; the next one starts from what is there then.
            return;
        }
        List<String> left = Ledger.leftSince(before);
        if (!left.isEmpty()) {
            throw new AssertionError("left behind: " + left);
        }
    }
}
