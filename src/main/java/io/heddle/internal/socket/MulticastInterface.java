package io.heddle.internal.socket;

import io.heddle.internal.sys.InterfaceRequest;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** IP_MULTICAST_IF: the kernel takes an index, and for IPv4 gives back the address that was set with it. */
final class MulticastInterface {
    private MulticastInterface() {}

    static int setIpv4(int fd, NetworkInterface network) {
        Inet4Address first = null;
        for (InetAddress address : (Iterable<InetAddress>) network.inetAddresses()::iterator) {
            if (first == null && address instanceof Inet4Address v4) {
                first = v4;
            }
        }
        return InterfaceRequest.make(fd, network.getIndex(), first);
    }

    /** Null: none was chosen. */
    static @Nullable NetworkInterface ofIpv4(int address) throws SocketException {
        byte[] bytes = ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(address)
                .array();
        try {
            return address == 0 ? null : NetworkInterface.getByInetAddress(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 bytes is always valid", e);
        }
    }

    /** Null: none was chosen. */
    static @Nullable NetworkInterface ofIpv6(int index) throws SocketException {
        return index == 0 ? null : NetworkInterface.getByIndex(index);
    }
}
