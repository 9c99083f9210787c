package io.heddle.javanet;

import io.heddle.testing.Pair;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.List;

/** Receives datagrams of several lengths into one packet, and prints how many bytes it had each time. */
final class PacketRoomProgram {
    private static final int ROOM = 100;

    private PacketRoomProgram() {}

    /** Does it. */
    public static void main(String[] args) throws Exception {
        List<Integer> lengths = new ArrayList<>();
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort())) {
            DatagramPacket packet = new DatagramPacket(new byte[ROOM], ROOM);
            for (int length : new int[] {3, 50, 0, 100, 200, 7, 70}) {
                socket.send(new DatagramPacket(new byte[length], length, socket.getLocalSocketAddress()));
                socket.receive(packet);
                lengths.add(packet.getLength());
            }
        }
        System.out.println("lengths " + lengths);
    }
}
