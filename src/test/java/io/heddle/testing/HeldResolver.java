package io.heddle.testing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The resolver of a whole process, in which every host is this machine and a lookup hangs for as long as a test likes.
 * It is the JDK's if a file named {@link #SERVICE}, with this class's name in it, is on the class path.
 */
public final class HeldResolver extends InetAddressResolverProvider implements InetAddressResolver {
    /** Where the JDK looks for a resolver. */
    public static final String SERVICE = "META-INF/services/" + InetAddressResolverProvider.class.getName();

    private static final Queue<String> ASKED = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger HANGING = new AtomicInteger();
    private static volatile CountDownLatch release = new CountDownLatch(0);

    /** Creates the resolver; the JDK does. */
    public HeldResolver() {}

    /** Lookups hang from now on. */
    public static void hold() {
        release = new CountDownLatch(1);
    }

    /** They go on. */
    public static void release() {
        release.countDown();
    }

    /** Which hosts were looked up, in order. */
    public static Queue<String> asked() {
        return ASKED;
    }

    /** How many lookups are under way. */
    public static int hanging() {
        return HANGING.get();
    }

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
        HANGING.incrementAndGet();
        ASKED.add(host);
        try {
            // As getaddrinfo(3) does not, this would end by an interrupt, which nobody may send.
            release.await();
        } catch (InterruptedException e) {
            throw new AssertionError("a lookup was interrupted: host=" + host, e);
        } finally {
            HANGING.decrementAndGet();
        }
        return Stream.of(
                InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}),
                InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}));
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
        throw new UnknownHostException("no test asks for a name");
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        return this;
    }

    @Override
    public String name() {
        return "held";
    }
}
