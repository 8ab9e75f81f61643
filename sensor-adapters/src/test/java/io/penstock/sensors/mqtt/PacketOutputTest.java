package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Acknowledgements between Paho's packets, never in the middle of one. */
class PacketOutputTest {
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

    private synchronized byte[] wire() {
        return wire.toByteArray();
    }

    private final OutputStream socket = new OutputStream() {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            synchronized (PacketOutputTest.this) {
                wire.write(from, offset, length);
            }
        }
    };

    @Test
    void acknowledgementsGoOutInTheirOrderWithoutAFlush() throws IOException {
        try (PacketOutput output = new PacketOutput(socket, e -> {})) {
            for (int id = 1; id <= 1_000; id++) {
                output.acknowledge(id);
            }
            await().until(() -> wire().length == 4_000);
        }
        byte[] all = wire();
        for (int id = 1; id <= 1_000; id++) {
            int at = 4 * (id - 1);
            assertThat(new int[] {all[at], all[at + 1], (all[at + 2] & 0xFF) << 8 | all[at + 3] & 0xFF})
                    .containsExactly(0x40, 2, id);
        }
    }

    @Test
    void anAcknowledgementWaitsForTheEndOfAPacketThatIsBeingWritten() throws Exception {
        try (PacketOutput output = new PacketOutput(socket, e -> {})) {
            output.write(new byte[] {0x10, 4}, 0, 2);
            output.acknowledge(7);
            await().during(Duration.ofMillis(50)).until(() -> wire().length == 2);
            output.write(new byte[] {1, 2, 3, 4}, 0, 4);
            output.flush();
            assertThat(wire()).containsExactly(0x10, 4, 1, 2, 3, 4, 0x40, 2, 0, 7);
        }
    }

    @Test
    void aBrokenConnectionIsToldOnceAndLaterAcknowledgementsAreDropped() {
        AtomicReference<IOException> told = new AtomicReference<>();
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("reset by peer");
            }
        };
        PacketOutput output = new PacketOutput(broken, told::set);
        output.acknowledge(1);
        await().until(() -> told.get() != null);
        output.acknowledge(2);
        assertThat(told.get()).hasMessage("reset by peer");
        output.release();
    }
}
