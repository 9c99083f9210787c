package io.heddle.poll.net;

import io.heddle.poll.Selectors;
import io.heddle.poll.Setting;
import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Has channels opened while a test runs whose argument is {@link Selectors#JDK}. */
final class ChannelsForJdk implements InvocationInterceptor {
    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        if (!method.getArguments().contains(Selectors.JDK)) {
            invocation.proceed();
            return;
        }
        Setting.set("jdk");
        try {
            invocation.proceed();
        } finally {
            Setting.clear();
        }
    }
}
