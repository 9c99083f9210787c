package io.heddle.internal.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import org.junit.jupiter.api.Test;

class DatagramPacketsTest {
    private static final int ROOM = 100;

    private final byte[] data = new byte[ROOM];
    private final DatagramPacket packet = new DatagramPacket(data, ROOM);
    private final DatagramPackets.Cuts cuts = new DatagramPackets.Cuts();

    @Test
    void theFieldsTellTheRoomAfterAReceive() {
        assertThat(DatagramPackets.room(packet)).isEqualTo(ROOM);
        DatagramPackets.setReceived(packet, data, 0, ROOM, 7);
        assertThat(packet.getLength()).isEqualTo(7);
        assertThat(DatagramPackets.room(packet)).isEqualTo(ROOM);
        packet.setLength(7);
        assertThat(DatagramPackets.room(packet)).isEqualTo(7);
    }

    @Test
    void withoutThemTheRoomIsRemembered() {
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
        cuts.setReceived(packet, data, 0, ROOM, 7);
        assertThat(packet.getLength()).isEqualTo(7);
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
        cuts.setReceived(packet, data, 0, ROOM, 0);
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
        cuts.setReceived(packet, data, 0, ROOM, ROOM);
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
    }

    @Test
    void whatItsOwnerSaysCountsAfterThat() {
        cuts.setReceived(packet, data, 0, ROOM, 7);
        packet.setLength(9);
        assertThat(cuts.room(packet)).isEqualTo(9);
        cuts.setReceived(packet, data, 0, 9, 7);
        packet.setData(data, 1, 7);
        assertThat(cuts.room(packet)).isEqualTo(7);
        cuts.setReceived(packet, data, 0, 9, 7);
        packet.setData(new byte[7]);
        assertThat(cuts.room(packet)).isEqualTo(7);
    }

    @Test
    void eachPacketHasItsOwnRoom() {
        DatagramPacket other = new DatagramPacket(data, 50);
        cuts.setReceived(packet, data, 0, ROOM, 7);
        cuts.setReceived(other, data, 0, 50, 7);
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
        assertThat(cuts.room(other)).isEqualTo(50);
    }

    @Test
    void theLengthOfTheLastDatagramIsTakenForTheRoomBefore() {
        cuts.setReceived(packet, data, 0, ROOM, 7);
        packet.setLength(7);
        assertThat(cuts.room(packet)).isEqualTo(ROOM);
    }
}
