package io.heddle.internal.socket;

import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Resolves names on platform threads: getaddrinfo(3) would block a carrier and all threads on it. */
public final class Resolver {
    private static final int THREADS_MAX = 16;

    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            THREADS_MAX, THREADS_MAX, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(null, task, "heddle-resolver", 0, false);
                thread.setDaemon(true);
                return thread;
            });

    static {
        THREADS.allowCoreThreadTimeOut(true);
    }

    private Resolver() {}

    @FunctionalInterface
    private interface Lookup {
        InetAddress[] get() throws UnknownHostException;
    }

    /**
     * All addresses of a host, in the resolver's order; zero nanoseconds mean no timeout. An address in text form is
     * its own answer, at once.
     *
     * @throws UnknownHostException if there is none
     * @throws SocketTimeoutException if the answer takes too long
     * @throws SocketException if a virtual thread is interrupted meanwhile; its status stays set. An interrupt that was
     *     there before ends no look-up, as it ends none in the JDK
     */
    public static InetAddress[] resolve(String host, long timeoutNanos)
            throws UnknownHostException, SocketTimeoutException, SocketException {
        InetAddress literal = literal(host);
        return literal != null
                ? new InetAddress[] {literal}
                : await(() -> InetAddress.getAllByName(host), timeoutNanos);
    }

    private static @Nullable InetAddress literal(String host) {
        // No name begins so, and the exception for a name would cost more than a look-up in a cache.
        if (host.indexOf(':') < 0 && (host.isEmpty() || Character.digit(host.charAt(0), 10) < 0)) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The address that stands for this machine, as {@code java.net.Socket} takes it for the wildcard. */
    public static InetAddress localHost(long timeoutNanos)
            throws UnknownHostException, SocketTimeoutException, SocketException {
        return await(() -> new InetAddress[] {InetAddress.getLocalHost()}, timeoutNanos)[0];
    }

    private static InetAddress[] await(Lookup lookup, long timeoutNanos)
            throws UnknownHostException, SocketTimeoutException, SocketException {
        CompletableFuture<InetAddress[]> answer = new CompletableFuture<>();
        THREADS.execute(() -> {
            if (answer.isDone()) {
                // Nobody waits any more: those who do must not wait for this.
                return;
            }
            try {
                answer.complete(lookup.get());
            } catch (Throwable t) {
                // Everything goes to the caller, who waits for it below.
                answer.completeExceptionally(t);
            }
        });
        boolean interrupted = Thread.interrupted();
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        try {
            for (; ; ) {
                try {
                    return timeoutNanos == 0
                            ? answer.get()
                            : answer.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                    // As in every blocking call: it ends a virtual thread's wait, not a platform thread's.
                    if (Thread.currentThread().isVirtual()) {
                        throw new SocketException("Closed by interrupt");
                    }
                } catch (TimeoutException e) {
                    throw new SocketTimeoutException("Connect timed out");
                } catch (ExecutionException e) {
                    throw failed(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            answer.cancel(false);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static UnknownHostException failed(Throwable cause) {
        if (cause instanceof UnknownHostException unknown) {
            return unknown;
        }
        if (cause instanceof RuntimeException exception) {
            throw exception;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        UnknownHostException other = new UnknownHostException(cause.getMessage());
        other.initCause(cause);
        return other;
    }
}
