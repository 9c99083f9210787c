package io.heddle;

import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.testing.Await;
import io.heddle.testing.Pair;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Every kind of call that waits, beside those of TCP: one that waits now, and what lets it go on. */
enum WaitingCall {
    UDP_RECEIVE("Receive timed out") {
        @Override
        Fixture open() throws Exception {
            return udp((socket, buffer) -> socket.receive(buffer));
        }
    },
    UDP_RECEIVE_FROM("Receive timed out") {
        @Override
        Fixture open() throws Exception {
            return udp((socket, buffer) -> socket.receiveFrom(buffer));
        }
    },
    UDP_RECEIVE_MANY("Receive timed out") {
        @Override
        Fixture open() throws Exception {
            return udp((socket, buffer) ->
                    socket.receiveMany(new ByteBuffer[] {buffer}, new InetSocketAddress[1]));
        }
    },
    UNIX_ACCEPT("Accept timed out") {
        @Override
        Fixture open() throws Exception {
            UnixListener listener = UnixListener.bind(anyName());
            List<UnixSocket> sockets = new ArrayList<>();
            return new Fixture(listener, listener::isOpen, sockets) {
                @Override
                void call(Duration timeout) throws Exception {
                    listener.accept(timeout).close();
                }

                @Override
                void release() throws Exception {
                    sockets.add(UnixSocket.connect(listener.localAddress()));
                }
            };
        }
    },
    UNIX_READ("Read timed out") {
        @Override
        Fixture open() throws Exception {
            UnixSocket[] pair = UnixSocket.pair();
            return new Fixture(pair[0], pair[0]::isOpen, List.of(pair[1])) {
                @Override
                void call(Duration timeout) throws Exception {
                    pair[0].setReadTimeout(timeout).readFully(new byte[1]);
                }

                @Override
                void release() throws Exception {
                    pair[1].write(new byte[1]);
                }
            };
        }
    },
    UNIX_READ_WITH_DESCRIPTORS("Read timed out") {
        @Override
        Fixture open() throws Exception {
            UnixSocket[] pair = UnixSocket.pair();
            return new Fixture(pair[0], pair[0]::isOpen, List.of(pair[1])) {
                @Override
                void call(Duration timeout) throws Exception {
                    check(pair[0].setReadTimeout(timeout).read(ByteBuffer.allocate(1), new ArrayList<>()));
                }

                @Override
                void release() throws Exception {
                    pair[1].write(new byte[1]);
                }
            };
        }
    },
    UNIX_WRITE("Write timed out: bytesTransferred=0") {
        @Override
        Fixture open() throws Exception {
            return unixWrite((socket, buffer) -> socket.write(buffer));
        }
    },
    UNIX_WRITE_WITH_DESCRIPTORS("Write timed out") {
        @Override
        Fixture open() throws Exception {
            return unixWrite((socket, buffer) -> socket.write(buffer, List.of()));
        }
    },
    UNIX_DATAGRAM_RECEIVE("Receive timed out") {
        @Override
        Fixture open() throws Exception {
            UnixDatagramSocket[] pair = UnixDatagramSocket.pair();
            return new Fixture(pair[0], pair[0]::isOpen, List.of(pair[1])) {
                @Override
                void call(Duration timeout) throws Exception {
                    check(pair[0].setReadTimeout(timeout).receive(new byte[1]));
                }

                @Override
                void release() throws Exception {
                    pair[1].send(new byte[1]);
                }
            };
        }
    },
    /** Limited by the sender's buffer. */
    UNIX_DATAGRAM_SEND_TO_ITS_PAIR("Send timed out") {
        @Override
        Fixture open() throws Exception {
            UnixDatagramSocket[] pair = UnixDatagramSocket.pair();
            return unixSend(pair[0], pair[1], (socket, buffer) -> socket.send(buffer));
        }
    },
    /** Limited by the receiver's queue, of which the kernel reports. */
    UNIX_DATAGRAM_SEND("Send timed out") {
        @Override
        Fixture open() throws Exception {
            UnixDatagramSocket receiver = UnixDatagramSocket.bind(anyName());
            UnixDatagramSocket sender = UnixDatagramSocket.unbound().connect(receiver.localAddress());
            return unixSend(sender, receiver, (socket, buffer) -> socket.send(buffer));
        }
    },
    /** Limited by the receiver's queue, of which the kernel does not report. */
    UNIX_DATAGRAM_SEND_TO("Send timed out") {
        @Override
        Fixture open() throws Exception {
            UnixDatagramSocket receiver = UnixDatagramSocket.bind(anyName());
            UnixDatagramSocket sender = UnixDatagramSocket.unbound();
            return unixSend(sender, receiver, (socket, buffer) -> socket.sendTo(buffer, receiver.localAddress()));
        }
    },
    PIPE_READ("Read timed out") {
        @Override
        Fixture open() throws Exception {
            Pipe pipe = Pipe.open();
            return new Fixture(() -> pipe.source().close(), pipe::isOpen, List.of(pipe)) {
                @Override
                void call(Duration timeout) throws Exception {
                    check(pipe.setReadTimeout(timeout).source().read(new byte[1]));
                }

                @Override
                void release() throws Exception {
                    pipe.sink().write(1);
                }
            };
        }
    },
    PIPE_WRITE("Write timed out") {
        @Override
        Fixture open() throws Exception {
            Pipe pipe = Pipe.open();
            fill((timeout, bytes) ->
                    pipe.setWriteTimeout(timeout).sink().write(new byte[bytes]));
            return new Fixture(() -> pipe.sink().close(), pipe::isOpen, List.of(pipe)) {
                @Override
                void call(Duration timeout) throws Exception {
                    pipe.setWriteTimeout(timeout).sink().write(1);
                }

                @Override
                void release() throws Exception {
                    check(pipe.source().readNBytes(PAGE).length);
                }
            };
        }
    },
    DESCRIPTOR_AWAIT_READABLE("Read timed out") {
        @Override
        Fixture open() throws Exception {
            return descriptor((descriptor, timeout) -> {
                descriptor.awaitReadable(timeout);
                check(descriptor.read(ByteBuffer.allocate(1)));
            });
        }
    },
    DESCRIPTOR_READ("Read timed out") {
        @Override
        Fixture open() throws Exception {
            return descriptor((descriptor, timeout) ->
                    check(descriptor.setReadTimeout(timeout).read(ByteBuffer.allocate(1))));
        }
    },
    DESCRIPTOR_AWAIT_WRITABLE("Write timed out") {
        @Override
        Fixture open() throws Exception {
            return fullDescriptor((descriptor, timeout) -> {
                descriptor.awaitWritable(timeout);
                check(descriptor.write(ByteBuffer.allocate(1)));
            });
        }
    },
    DESCRIPTOR_WRITE("Write timed out") {
        @Override
        Fixture open() throws Exception {
            return fullDescriptor((descriptor, timeout) ->
                    check(descriptor.setWriteTimeout(timeout).write(ByteBuffer.allocate(1))));
        }
    };

    /** A pipe has room again when a whole page of it was read. */
    private static final int PAGE = 4096;

    private static final AtomicInteger NAMES = new AtomicInteger();

    /** What its timeout says. */
    final String late;

    WaitingCall(String late) {
        this.late = late;
    }

    /** Opens what it takes; the call would wait. */
    abstract Fixture open() throws Exception;

    /** An abstract name that nobody else has. */
    static UnixDomainSocketAddress anyName() {
        return UnixDomainSocketAddress.of(
                "@heddle-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet());
    }

    @FunctionalInterface
    interface On<S, T> {
        void call(S socket, T argument) throws Exception;
    }

    /** Whose call waits, and what lets it go on. */
    abstract static class Fixture implements Closeable {
        private final Closeable close;
        private final BooleanSupplier open;
        private final List<? extends Closeable> others;

        Fixture(Closeable close, BooleanSupplier open, List<? extends Closeable> others) {
            this.close = close;
            this.open = open;
            this.others = others;
        }

        /** Waits, but not for longer than that; zero waits for ever. */
        abstract void call(Duration timeout) throws Exception;

        /** Lets one call go on. */
        abstract void release() throws Exception;

        boolean isOpen() {
            return open.getAsBoolean();
        }

        /** Closes what the call waits on, and nothing else. */
        void closeIt() throws IOException {
            close.close();
        }

        @Override
        public void close() throws IOException {
            close.close();
            for (Closeable other : others) {
                other.close();
            }
        }
    }

    private static void check(int moved) {
        if (moved <= 0) {
            throw new AssertionError("nothing was moved: moved=" + moved);
        }
    }

    private static Fixture udp(On<UdpSocket, ByteBuffer> receive) throws Exception {
        UdpSocket socket = UdpSocket.bind(Pair.anyPort());
        UdpSocket peer = UdpSocket.bind(Pair.anyPort());
        return new Fixture(socket, socket::isOpen, List.of(peer)) {
            @Override
            void call(Duration timeout) throws Exception {
                ByteBuffer buffer = ByteBuffer.allocate(8);
                receive.call(socket.setReadTimeout(timeout), buffer);
                check(buffer.position());
            }

            @Override
            void release() throws Exception {
                peer.sendTo(new byte[1], socket.localAddress());
            }
        };
    }

    private static Fixture unixWrite(On<UnixSocket, ByteBuffer> write) throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        fill((timeout, bytes) -> pair[0].setWriteTimeout(timeout).write(new byte[bytes]));
        return new Fixture(pair[0], pair[0]::isOpen, List.of(pair[1])) {
            @Override
            void call(Duration timeout) throws Exception {
                write.call(pair[0].setWriteTimeout(timeout), ByteBuffer.allocate(1));
            }

            @Override
            void release() throws Exception {
                pair[1].readFully(new byte[pair[1].available()]);
            }
        };
    }

    private static Fixture unixSend(
            UnixDatagramSocket sender, UnixDatagramSocket receiver, On<UnixDatagramSocket, ByteBuffer> send)
            throws Exception {
        int[] queued = new int[1];
        fill((timeout, bytes) -> {
            send.call(sender.setWriteTimeout(timeout), ByteBuffer.allocate(bytes));
            queued[0]++;
        });
        return new Fixture(sender, sender::isOpen, List.of(receiver)) {
            @Override
            void call(Duration timeout) throws Exception {
                send.call(sender.setWriteTimeout(timeout), ByteBuffer.allocate(1));
                queued[0]++;
            }

            @Override
            void release() throws Exception {
                for (; queued[0] > 0; queued[0]--) {
                    check(receiver.receive(ByteBuffer.allocate(8192)));
                }
            }
        };
    }

    /** A pipe of the kernel's, and a descriptor for one of its ends. */
    private static Fixture descriptor(On<Descriptor, Duration> read) throws Exception {
        int[] ends = openPipe();
        Descriptor descriptor = Descriptor.of(ends[0]);
        return new Fixture(descriptor, descriptor::isOpen, List.of(() -> closePipe(ends))) {
            @Override
            void call(Duration timeout) throws Exception {
                read.call(descriptor, timeout);
            }

            @Override
            void release() {
                check(Fd.write(ends[1], ByteBuffer.allocate(1)));
            }
        };
    }

    private static Fixture fullDescriptor(On<Descriptor, Duration> write) throws Exception {
        int[] ends = openPipe();
        Descriptor descriptor = Descriptor.of(ends[1]);
        fill((timeout, bytes) -> check(descriptor.setWriteTimeout(timeout).write(ByteBuffer.allocate(bytes))));
        return new Fixture(descriptor, descriptor::isOpen, List.of(() -> closePipe(ends))) {
            @Override
            void call(Duration timeout) throws Exception {
                write.call(descriptor, timeout);
            }

            @Override
            void release() {
                check(Fd.read(ends[0], ByteBuffer.allocate(PAGE)));
            }
        };
    }

    private static int[] openPipe() {
        int[] ends = new int[2];
        int opened = Pipe2.open(ends);
        assert opened == 0 : "opened=" + opened;
        return ends;
    }

    private static void closePipe(int[] ends) {
        int closed = Fd.close(ends[0]) + Fd.close(ends[1]);
        assert closed == 0 : "closed=" + closed;
    }

    /** Writes until not one byte more goes. */
    private static void fill(On<Duration, Integer> write) throws Exception {
        for (int bytes : new int[] {PAGE, 1}) {
            boolean[] full = new boolean[1];
            Await.until("there is no room", () -> {
                try {
                    write.call(Duration.ofNanos(1), bytes);
                } catch (SocketTimeoutException e) {
                    full[0] = true;
                }
                return full[0];
            });
        }
    }
}
