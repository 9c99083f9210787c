package io.heddle.chaos;

import io.heddle.testing.Await;
import io.heddle.testing.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Where one test does its damage: network namespaces, control groups and child processes, all of which are gone after
 * it, whatever came of it. Each command is printed. What the machine cannot do is told at the end of the run.
 */
final class Lab implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(Lab.class);
    private static final Map<String, String> PACKAGES = Map.of(
            "ip", "iproute2",
            "ss", "iproute2",
            "tc", "iproute2",
            "iptables", "iptables",
            "strace", "strace",
            "sysctl", "procps",
            "kill", "procps");

    private final Deque<Undo> undo = new ArrayDeque<>();
    private Report report = new Report();
    private String test = "";
    private int namespaces;

    /** What brings one thing back. */
    @FunctionalInterface
    private interface Undo {
        void run() throws Exception;
    }

    /** What could not run, printed when the last test has ended. */
    private static final class Report implements AutoCloseable {
        private final Queue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        public void close() {
            lines.forEach(System.out::println);
            System.out.println("Lab: " + (lines.isEmpty() ? "everything could run" : lines.size() + " could not run"));
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        report =
                context.getRoot().getStore(OURS).getOrComputeIfAbsent(Report.class, type -> new Report(), Report.class);
        test = context.getRequiredTestClass().getSimpleName() + "." + context.getDisplayName();
        System.out.println("--- " + test);
        if (!"root".equals(System.getProperty("user.name"))) {
            cannotRun("the tests need root: user.name=" + System.getProperty("user.name"));
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        AssertionError failed = new AssertionError("something could not be cleaned up");
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (Exception e) {
                failed.addSuppressed(e);
            }
        }
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    /** Gives up the test, for a reason that lies in the machine; it counts as not run. */
    void cannotRun(String because) {
        report.lines.add("could not run: " + test + " because " + because);
        throw new TestAbortedException(because);
    }

    /** Runs a command, which must succeed; answers what it printed. */
    String run(String... command) throws Exception {
        Result result = attempt(command);
        if (result.status != 0) {
            throw new AssertionError("the command failed: status=" + result.status + ", command="
                    + String.join(" ", command) + ", output=" + result.output);
        }
        return result.output;
    }

    /** What came of a command. */
    record Result(int status, String output) {}

    /** Runs a command that may fail. */
    Result attempt(String... command) throws Exception {
        System.out.println("$ " + String.join(" ", command));
        for (String word : command) {
            need(word);
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output.strip());
    }

    /** A tool that is missing is a failure, since it can be installed. */
    private static void need(String word) {
        String debianPackage = PACKAGES.get(word);
        if (debianPackage == null) {
            return;
        }
        for (String directory : List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")) {
            if (Files.isExecutable(Path.of(directory, word))) {
                return;
            }
        }
        throw new AssertionError("a tool is missing: " + word + ", install it: apt-get install -y " + debianPackage);
    }

    /** Makes a network namespace, with its loopback interface up. */
    String namespace() throws Exception {
        String name = "heddle-" + ProcessHandle.current().pid() + "-" + namespaces++;
        Result added = attempt("ip", "netns", "add", name);
        if (added.status != 0) {
            cannotRun("the kernel makes no network namespace: " + added.output);
        }
        undo.push(() -> run("ip", "netns", "del", name));
        run("ip", "-n", name, "link", "set", "lo", "up");
        return name;
    }

    /** Runs a command in a namespace; aborts the test if the kernel lacks what it needs. */
    String inKernelOf(String namespace, String... command) throws Exception {
        Result result = attempt(in(namespace, command));
        if (result.status != 0) {
            cannotRun("the kernel refuses " + String.join(" ", command) + ": " + result.output);
        }
        return result.output;
    }

    /** Runs a command in a namespace, which must succeed. */
    String runIn(String namespace, String... command) throws Exception {
        return run(in(namespace, command));
    }

    private static String[] in(String namespace, String... command) {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        words.addAll(List.of(command));
        return words.toArray(String[]::new);
    }

    /** Starts a puppet in a namespace. */
    ChildJvm puppetIn(String namespace, String... jvmArguments) throws IOException {
        return puppetUnder(List.of("ip", "netns", "exec", namespace), jvmArguments);
    }

    /** Starts a puppet under another program. */
    ChildJvm puppetUnder(List<String> program, String... jvmArguments) throws IOException {
        System.out.println("$ " + String.join(" ", program) + " java " + String.join(" ", jvmArguments) + " Puppet");
        if (!program.isEmpty()) {
            need(program.getFirst());
        }
        ChildJvm child = ChildJvm.startUnder(program, Puppet.class, jvmArguments);
        undo.push(child::close);
        return child;
    }

    /** Makes a control group below that controller, of version 1 as of version 2; answers its directory. */
    Path controlGroup(String controller) throws IOException {
        Path first = Path.of("/sys/fs/cgroup", controller);
        Path root = Files.isDirectory(first) ? first : Path.of("/sys/fs/cgroup");
        Path group = root.resolve("heddle-" + ProcessHandle.current().pid());
        System.out.println("$ mkdir " + group);
        try {
            Files.createDirectory(group);
        } catch (IOException e) {
            cannotRun("no control group can be made: " + e);
        }
        undo.push(() -> remove(group));
        if (!Files.exists(group.resolve(controller + ".max"))) {
            cannotRun("the kernel has no such control group: " + group.resolve(controller + ".max"));
        }
        return group;
    }

    /** Its processes were killed just before; the kernel lets go of them a little later. */
    private static void remove(Path group) throws Exception {
        Await.until("the group is empty", 10_000_000_000L, () -> {
            try {
                return Files.readString(group.resolve("cgroup.procs")).isBlank();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Files.delete(group);
    }
}
