package io.heddle.internal.sys;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Does what a service manager does that activates a service by its socket: listens, and becomes the service, which has
 * the socket as its descriptor 3. Not by the process API of Java, whose children inherit the standard streams only.
 */
final class ActivatingProgram {
    private static final int FIRST_PASSED = 3;

    private ActivatingProgram() {}

    /** The path of a program, and its arguments. */
    public static void main(String[] command) throws IOException {
        int fd = Errors.check("socket", Socket.open(Socket.AF_INET, Socket.SOCK_STREAM), "");
        InetSocketAddress local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        int bound = Errors.check("bind", Socket.bind(fd, local, Socket.AF_INET), "");
        int listening = Errors.check("listen", Socket.listen(fd, 16), "");
        assert bound == 0 && listening == 0;
        Downcall setEnvironment = Linking.plain("setenv");
        Downcall duplicate = Linking.plain("dup2");
        Downcall execute = Linking.plain("execv");

        List<ByteBuffer> held = new ArrayList<>();
        ByteBuffer arguments = memory((command.length + 1) * 8);
        for (int i = 0; i < command.length; i++) {
            arguments.putLong(i * 8, string(command[i], held));
        }
        // The process stays the same, and so does its number.
        set(setEnvironment, "LISTEN_PID", Long.toString(ProcessHandle.current().pid()), held);
        set(setEnvironment, "LISTEN_FDS", "1", held);
        call(duplicate, fd, FIRST_PASSED, 0);
        call(execute, string(command[0], held), address(arguments), 0);
        throw new AssertionError("not replaced: held=" + held.size());
    }

    private static void set(Downcall setEnvironment, String name, String value, List<ByteBuffer> held)
            throws IOException {
        call(setEnvironment, string(name, held), string(value, held), 1);
    }

    private static void call(Downcall function, long a, long b, long c) throws IOException {
        try (Scratch s = Scratch.take()) {
            int result = Errors.check("call", Linking.call(function, s, a, b, c), "");
            assert result >= 0;
        }
    }

    private static long string(String text, List<ByteBuffer> held) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer memory = memory(bytes.length + 1).put(0, bytes);
        held.add(memory);
        return address(memory);
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static long address(ByteBuffer memory) {
        return MemorySegment.ofBuffer(memory).address();
    }
}
