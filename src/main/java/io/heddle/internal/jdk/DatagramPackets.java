package io.heddle.internal.jdk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.DatagramPacket;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The JDK door: how much room a packet has. After a receive its length is that of the datagram, and its room is still
 * what its owner gave it, for the next receive. Only {@code java.net} can tell the two apart and set one of them.
 *
 * <p>Where the fields cannot be reached, we remember the room of each packet that was cut, for as long as it looks as
 * we left it. An owner who asks for that very length himself gets the room it had before.
 */
public final class DatagramPackets {
    /** {@code DatagramPacket.length}, or null. */
    private static final @Nullable VarHandle LENGTH;

    /** {@code DatagramPacket.bufLength}, or null. */
    private static final @Nullable VarHandle ROOM;

    static {
        VarHandle length = null;
        VarHandle room = null;
        try {
            openPackage();
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(DatagramPacket.class, MethodHandles.lookup());
            length = lookup.findVarHandle(DatagramPacket.class, "length", int.class);
            room = lookup.findVarHandle(DatagramPacket.class, "bufLength", int.class);
        } catch (ReflectiveOperationException e) {
            length = null;
            room = null;
        }
        LENGTH = length;
        ROOM = room;
    }

    private static final Cuts CUTS = new Cuts();

    private DatagramPackets() {}

    /** Who has been given {@code java.lang} can open the rest; else it is up to the flag for {@code java.net}. */
    private static void openPackage() throws ReflectiveOperationException {
        Module base = DatagramPacket.class.getModule();
        Module ours = DatagramPackets.class.getModule();
        if (base.isOpen("java.net", ours) || !base.isOpen("java.lang", ours)) {
            return;
        }
        try {
            MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup())
                    .findVirtual(
                            Module.class, "implAddOpens", MethodType.methodType(void.class, String.class, Module.class))
                    .invokeExact(base, "java.net", ours);
        } catch (ReflectiveOperationException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new ReflectiveOperationException(t);
        }
    }

    /** How many bytes may be received into the packet, from its offset on. */
    public static int room(DatagramPacket packet) {
        return ROOM == null ? CUTS.room(packet) : (int) ROOM.get(packet);
    }

    /** Leaves the packet with so many bytes, and with its room. */
    public static void setReceived(DatagramPacket packet, byte[] data, int offset, int room, int length) {
        if (LENGTH == null) {
            CUTS.setReceived(packet, data, offset, room, length);
        } else {
            packet.setData(data, offset, room);
            LENGTH.set(packet, length);
        }
    }

    /** What there is to remember without the fields. */
    static final class Cuts {
        private final ReentrantLock lock = new ReentrantLock();

        /** Guarded by lock. */
        private final Map<DatagramPacket, Cut> known = new WeakHashMap<>();

        /** Whether one was ever cut: who hands a packet on to another thread hands on this, too. */
        private volatile boolean any;

        private static final class Cut {
            private final byte[] data;
            private final int offset;
            private final int length;
            private final int room;

            Cut(byte[] data, int offset, int length, int room) {
                this.data = data;
                this.offset = offset;
                this.length = length;
                this.room = room;
            }

            boolean isIn(DatagramPacket packet) {
                return packet.getData() == data && packet.getOffset() == offset && packet.getLength() == length;
            }
        }

        int room(DatagramPacket packet) {
            if (!any) {
                return packet.getLength();
            }
            lock.lock();
            try {
                Cut cut = known.get(packet);
                return cut != null && cut.isIn(packet) ? cut.room : packet.getLength();
            } finally {
                lock.unlock();
            }
        }

        void setReceived(DatagramPacket packet, byte[] data, int offset, int room, int length) {
            packet.setData(data, offset, length);
            if (length == room && !any) {
                return;
            }
            lock.lock();
            try {
                any = true;
                if (length == room) {
                    known.remove(packet);
                } else {
                    known.put(packet, new Cut(data, offset, length, room));
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
