package io.heddle;

import io.heddle.testing.Pair;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** Serves one connection that has gone idle, and has one thread that is parked; obeys words on its standard input. */
final class ObservedProgram {
    private ObservedProgram() {}

    /** Prints {@code ready} and the port. */
    public static void main(String[] args) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            Heddle.shared().startVirtualThread(() -> serve(listener));
            Heddle.shared()
                    .threadFactory()
                    .newThread(() -> {
                        started.countDown();
                        LockSupport.park();
                    })
                    .start();
            try (TcpSocket client = TcpSocket.connect(listener.localAddress())) {
                client.write(new byte[1]);
                client.readFully(new byte[1]);
                started.await();
                System.out.println("ready " + listener.localAddress().getPort());
                for (String word = words.readLine(); word != null; word = words.readLine()) {
                    switch (word) {
                        case "register" -> System.out.println("register " + register());
                        case "module" ->
                            System.out.println("module "
                                    + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
                        case "bean" -> System.out.println("bean " + Bean.carriers());
                        default -> throw new IllegalArgumentException("no such word: word=" + word);
                    }
                }
            }
        }
    }

    private static void serve(TcpListener listener) {
        try {
            listener.serve(socket -> {
                byte[] buffer = new byte[64];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String register() {
        try {
            Heddle.registerMXBean();
            return "done";
        } catch (UnsupportedOperationException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Apart, as an image may have no JMX. */
    private static final class Bean {
        static int carriers() throws Exception {
            var server = java.lang.management.ManagementFactory.getPlatformMBeanServer();
            var name = new javax.management.ObjectName(HeddleMXBean.NAME);
            io.heddle.testing.Await.until("it is registered", () -> server.isRegistered(name));
            return ((Object[]) server.getAttribute(name, "Carriers")).length;
        }
    }
}
