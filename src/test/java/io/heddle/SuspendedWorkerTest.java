package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.Location;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.NoLeaks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A debugger stops one thread, and with it the worker of the only carrier: the other connections go on. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SuspendedWorkerTest {
    private static final int CONNECTIONS = 5;

    @Test
    void aVirtualThreadAtABreakpointHoldsUpNoOtherConnection() throws Exception {
        try (Debugged debugged = Debugged.start()) {
            EventSet stopped = debugged.runToBreakpoint();
            debugged.assertEchoes();
            assertThat(debugged.rescues()).isPositive();
            stopped.resume();
            debugged.child.await("ran");
            debugged.assertEchoes();
        }
    }

    @Test
    void aWorkerThatIsSuspendedInATaskHoldsUpNoConnection() throws Exception {
        try (Debugged debugged = Debugged.start()) {
            debugged.child.ask("busy", "busy");
            ThreadReference worker = debugged.suspendWorkerInTask();
            debugged.assertEchoes();
            assertThat(debugged.rescues()).isPositive();
            worker.resume();
            debugged.assertEchoes();
        }
    }

    /** A child with a carrier, connections to it, and a debugger. */
    private static final class Debugged implements AutoCloseable {
        final ChildJvm child;
        private final VirtualMachine machine;
        private final List<Socket> clients = new ArrayList<>();

        private Debugged(ChildJvm child, VirtualMachine machine) {
            this.child = child;
            this.machine = machine;
        }

        static Debugged start() throws Exception {
            ChildJvm child = ChildJvm.start(
                    SuspendedProgram.class,
                    "-Dheddle.carriers=1",
                    "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0");
            try {
                String port = child.await("Listening for transport dt_socket at address:");
                Debugged debugged = new Debugged(child, attach(port));
                debugged.connect(Integer.parseInt(child.await("ready")));
                return debugged;
            } catch (Exception | Error e) {
                child.close();
                throw e;
            }
        }

        private static VirtualMachine attach(String port) throws Exception {
            AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                    .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                    .findFirst()
                    .orElseThrow();
            Map<String, Connector.Argument> arguments = connector.defaultArguments();
            set(arguments, "hostname", "127.0.0.1");
            set(arguments, "port", port);
            return connector.attach(arguments);
        }

        private static void set(Map<String, Connector.Argument> arguments, String name, String value) {
            Objects.requireNonNull(arguments.get(name), name).setValue(value);
        }

        private void connect(int port) throws Exception {
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            assertEchoes();
        }

        /** One virtual thread of the carrier runs into it, and nobody else stops. */
        EventSet runToBreakpoint() throws Exception {
            Location location = machine.classesByName(SuspendedProgram.class.getName())
                    .getFirst()
                    .methodsByName("stopHere")
                    .getFirst()
                    .location();
            BreakpointRequest request = machine.eventRequestManager().createBreakpointRequest(location);
            request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
            request.enable();
            child.tell("run");
            for (; ; ) {
                EventSet events = machine.eventQueue().remove();
                for (Event event : events) {
                    if (event instanceof BreakpointEvent stopped) {
                        assertThat(stopped.thread().isVirtual()).isTrue();
                        return events;
                    }
                }
                events.resume();
            }
        }

        /**
         * A platform thread in the midst of a task: the machine suspends it when the virtual thread on it is about to
         * leave it. Between two tasks nobody could take its carrier from it.
         */
        ThreadReference suspendWorkerInTask() throws Exception {
            for (; ; ) {
                for (ThreadReference thread : machine.allThreads()) {
                    if (thread.name().startsWith("heddle-worker-")) {
                        thread.suspend();
                        if (thread.frame(0).location().declaringType().name().equals("jdk.internal.vm.Continuation")) {
                            return thread;
                        }
                        thread.resume();
                    }
                }
            }
        }

        long rescues() throws IOException {
            return Long.parseLong(child.ask("rescues", "rescues"));
        }

        void assertEchoes() throws Exception {
            for (Socket client : clients) {
                client.getOutputStream().write(42);
                assertThat(client.getInputStream().read()).isEqualTo(42);
            }
        }

        @Override
        public void close() throws IOException {
            for (Socket client : clients) {
                client.close();
            }
            machine.dispose();
            child.close();
        }
    }
}
