package io.heddle.compare;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Ways to hold a carrier's thread for a second. */
enum Blocker {
    /** A native call: sleep(3). */
    NATIVE("native sleep") {
        @Override
        void block() throws Throwable {
            int left = (int) Native.SLEEP.invokeExact(1);
            if (left != 0) {
                throw new IOException("sleep(3) must not be interrupted: left=" + left);
            }
        }
    },
    /** A computation. */
    BUSY("busy loop") {
        @Override
        void block() {
            long start = System.nanoTime();
            while (System.nanoTime() - start < NANOS) {
                Thread.onSpinWait();
            }
        }
    },
    /** Reading a file that gives nothing yet. */
    FIFO("read of a FIFO") {
        @Override
        void block() throws Exception {
            Path directory = Files.createTempDirectory("heddle-fifo");
            Path fifo = directory.resolve("fifo");
            Commands.Outcome made = Commands.run(List.of("mkfifo", fifo.toString()));
            if (!made.ok()) {
                throw new IOException("mkfifo must work: " + made.output());
            }
            Thread writer = new Thread(() -> write(fifo), "fifo-writer");
            writer.start();
            try (InputStream in = new FileInputStream(fifo.toFile())) {
                if (in.read() < 0) {
                    throw new IOException("the writer must write");
                }
            }
            Files.delete(fifo);
            Files.delete(directory);
        }

        private void write(Path fifo) {
            try (FileOutputStream out = new FileOutputStream(fifo.toFile())) {
                TimeUnit.NANOSECONDS.sleep(NANOS);
                out.write('!');
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    },
    /** The initialiser of a class that nobody else touches: a new one each time. */
    INITIALISER("class initialiser") {
        @Override
        void block() throws Exception {
            Class<?> initialised = Class.forName(Slow.class.getName(), true, new Again());
            if (initialised == Slow.class) {
                throw new IllegalStateException("a class is initialised but once: " + initialised);
            }
        }
    };

    static final long NANOS = 1_000_000_000L;

    final String title;

    Blocker(String title) {
        this.title = title;
    }

    /** Returns after a second. */
    abstract void block() throws Throwable;

    private static final class Native {
        @SuppressWarnings("restricted")
        static final MethodHandle SLEEP = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().find("sleep").orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    /** Waits in its initialiser, where a virtual thread cannot leave its carrier. */
    static final class Slow {
        private Slow() {}

        static {
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    /** Defines {@link Slow} once more. */
    private static final class Again extends ClassLoader {
        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Slow.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (InputStream in = Blocker.class.getResourceAsStream("Blocker$Slow.class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
