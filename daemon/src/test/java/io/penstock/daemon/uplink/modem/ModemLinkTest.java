package io.penstock.daemon.uplink.modem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.uplink.UplinkLink;
import io.penstock.fixtures.modem.SatelliteNetwork;
import io.penstock.fixtures.modem.SatelliteNetwork.Fate;
import io.penstock.fixtures.modem.SimulatedModem;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a simulated modem, over a real pseudo-terminal and a real socket. */
@Timeout(60)
class ModemLinkTest {
    private static final int CREDIT = 50;

    enum At {
        SERIAL_DEVICE,
        TERMINAL_SERVER
    }

    private final SatelliteNetwork network = new SatelliteNetwork(CREDIT, 1);

    private SimulatedModem modem(At at) throws Exception {
        return at == At.SERIAL_DEVICE
                ? SimulatedModem.atSerialDevice(network)
                : SimulatedModem.behindTerminalServer(network);
    }

    private static ModemLink link(SimulatedModem modem, At at, int leastSignal) {
        String where = at == At.SERIAL_DEVICE ? modem.device().toString() : "tcp:127.0.0.1:" + modem.port();
        return new ModemLink(where, () -> ModemLine.open(where, 19_200), leastSignal, true);
    }

    private static byte[] frame(int seed, int bytes) {
        byte[] frame = new byte[bytes];
        new Random(seed).nextBytes(frame);
        return frame;
    }

    @ParameterizedTest
    @EnumSource
    void framesOfAnyBytesArriveAsTheyAreAndTheMailboxComesWithThem(At at) throws Exception {
        // what a terminal would swallow or translate, if it was not set raw
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        byte[] command = Arrays.copyOf(all, 200);
        network.mail(command);
        network.mail(frame(9, 40));
        try (SimulatedModem modem = modem(at);
                ModemLink link = link(modem, at, 2)) {
            assertThat(link.isOpen()).isTrue();
            link.send(1, 0, all);
            link.send(1, 1, frame(3, 340));
            link.send(1, 2, frame(4, 1));
            assertThat(network.carried()).containsExactly(all, frame(3, 340), frame(4, 1));
            assertThat(link.received()).containsExactly(command, frame(9, 40));
            assertThat(network.credits()).isEqualTo(6 + 4 + 7 + 1 + 1);
        }
    }

    @Test
    void aLookIntoTheMailboxSendsNothingOfAnEarlierFrame() throws Exception {
        try (SimulatedModem modem = modem(At.SERIAL_DEVICE);
                ModemLink link = link(modem, At.SERIAL_DEVICE, 0)) {
            assertThat(link.isOpen()).isTrue();
            link.send(1, 0, frame(1, 48));
            network.mail(frame(2, 34));
            link.ask();
            assertThat(network.carried()).hasSize(1);
            assertThat(link.received()).containsExactly(frame(2, 34));
        }
    }

    @Test
    void withoutASignalNoSessionIsBegunAndNothingIsCharged() throws Exception {
        network.bars(1);
        try (SimulatedModem modem = modem(At.TERMINAL_SERVER);
                ModemLink link = link(modem, At.TERMINAL_SERVER, 2)) {
            assertThat(link.isOpen()).isTrue();
            assertThatThrownBy(() -> link.send(1, 0, frame(1, 48)))
                    .isInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("the signal is 1 of 5");
            assertThat(network.sessions()).isZero();
            network.bars(2);
            link.send(1, 0, frame(1, 48));
            assertThat(network.carried()).hasSize(1);
        }
    }

    @Test
    void onlyASessionThatSurelyNeverBeganIsSaidToCostNothing() throws Exception {
        try (SimulatedModem modem = modem(At.TERMINAL_SERVER);
                ModemLink link = link(modem, At.TERMINAL_SERVER, 0)) {
            assertThat(link.isOpen()).isTrue();
            for (Fate fate : List.of(Fate.NO_NETWORK, Fate.WAIT)) {
                network.fate(fate);
                assertThatThrownBy(() -> link.send(1, 0, frame(1, 48))).isInstanceOf(UplinkLink.NotCarried.class);
            }
            for (Fate fate : List.of(Fate.LOST, Fate.CARRIED_UNKNOWN, Fate.GATEWAY_SILENT)) {
                network.fate(fate);
                assertThatThrownBy(() -> link.send(1, 0, frame(1, 48)))
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(UplinkLink.NotCarried.class)
                        .hasMessageContaining("whether it was sent");
            }
            assertThat(network.carried()).hasSize(1);
        }
    }

    @Test
    void aLineThatEndsInTheMiddleOfASessionIsNoFreeFrameAndTheNextContactBeginsAnew() throws Exception {
        SimulatedModem modem = modem(At.TERMINAL_SERVER);
        modem.sessionTime(Duration.ofSeconds(30));
        try (ModemLink link = link(modem, At.TERMINAL_SERVER, 0)) {
            assertThat(link.isOpen()).isTrue();
            Thread.ofVirtual().start(() -> {
                while (modem.begun() == 0) {
                    Thread.onSpinWait();
                }
                link.hangUp();
            });
            assertThatThrownBy(() -> link.send(1, 0, frame(1, 48)))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UplinkLink.NotCarried.class);
        } finally {
            modem.close();
        }
    }

    /** A line that puts digits into a session's result, as a serial line without flow control may. */
    private record Garbled(ModemLine line, StringBuilder said) implements ModemLine {
        private static final String BEGIN = "+SBDIX: ";

        @Override
        public void write(byte[] bytes) throws IOException {
            line.write(bytes);
        }

        @Override
        public int read(Duration patience) throws IOException {
            if (said.indexOf(BEGIN) >= 0 && said.length() < said.indexOf(BEGIN) + BEGIN.length() + 12) {
                said.append('9');
                return '9';
            }
            int next = line.read(patience);
            said.append((char) next);
            return next;
        }

        @Override
        public void close() {
            line.close();
        }
    }

    @Test
    void aResultThatTheLineHasGarbledMayHaveCostAndEndsNoLane() throws Exception {
        try (SimulatedModem modem = modem(At.TERMINAL_SERVER);
                ModemLink link = new ModemLink(
                        "garbled",
                        () -> new Garbled(ModemLine.open("tcp:127.0.0.1:" + modem.port(), 0), new StringBuilder()),
                        0,
                        true)) {
            assertThat(link.isOpen()).isTrue();
            assertThatThrownBy(() -> link.send(1, 0, frame(1, 48)))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("no result of a session");
            assertThat(network.carried()).hasSize(1);
        }
    }

    @Test
    void aLinkWhoseModemIsAwayIsClosedAndSaysWhy() {
        ModemLink link =
                new ModemLink("/dev/no-such-modem", () -> ModemLine.open("/dev/no-such-modem", 19_200), 0, true);
        assertThat(link.isOpen()).isFalse();
        assertThat(link.name()).contains("there is no such device");
        assertThatThrownBy(() -> link.send(1, 0, frame(1, 48))).isInstanceOf(UplinkLink.NotCarried.class);
    }

    @Test
    void aDeviceThatIsNotThereOrNoSerialLineIsSaidWithItsCure() {
        assertThatThrownBy(() -> ModemLine.open("/dev/no-such-modem", 19_200))
                .hasMessageContaining("is it plugged in?");
        assertThatThrownBy(() -> ModemLine.open("/dev/null", 19_200)).hasMessageContaining("is it a serial device?");
        assertThatThrownBy(() -> ModemLine.open("tcp:127.0.0.1:1", 0)).hasMessageContaining("terminal server");
    }
}
