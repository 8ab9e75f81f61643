package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to the receiver and what to Paho, however the network cuts the bytes. */
class PublishTapTest {
    private static final byte[] CONNACK = {0x20, 3, 0, 0, 0};
    private static final byte[] PINGRESP = {(byte) 0xD0, 0};

    private final List<String> taken = Collections.synchronizedList(new ArrayList<>());

    private void take(String topic, byte[] payload, boolean retained, int id) {
        taken.add(topic + " " + new String(payload, StandardCharsets.UTF_8) + (retained ? " retained " : " ") + id);
    }

    private static byte[] publish(int flags, String topic, int id, byte[] properties, byte[] payload)
            throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        body.write(name.length >> 8);
        body.write(name.length);
        body.write(name);
        if ((flags & 6) != 0) {
            body.write(id >> 8);
            body.write(id);
        }
        body.write(properties.length);
        body.write(properties);
        body.write(payload);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(0x30 | flags);
        int left = body.size();
        do {
            packet.write(left > 127 ? left & 127 | 128 : left);
            left >>= 7;
        } while (left > 0);
        body.writeTo(packet);
        return packet.toByteArray();
    }

    private static byte[] plain(int flags, String topic, int id, String payload) throws IOException {
        return publish(flags, topic, id, new byte[0], payload.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives a few bytes at a time, and times out in between. */
    private static final class Cut extends InputStream {
        private final ByteArrayInputStream bytes;
        private final SplittableRandom random;

        Cut(byte[] bytes, long seed) {
            this.bytes = new ByteArrayInputStream(bytes);
            this.random = new SplittableRandom(seed);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("one byte at a time is what the tap is there to avoid");
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (random.nextInt(4) == 0) {
                throw new SocketTimeoutException("nothing came");
            }
            return bytes.read(into, offset, Math.min(length, random.nextInt(1, 40)));
        }
    }

    /** What Paho reads to the end, going on after each time-out as it does. */
    private byte[] passedOn(PublishTap tap, Runnable afterPublish) throws IOException {
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        byte[] some = new byte[7];
        while (true) {
            try {
                int n = tap.read(some, 0, some.length);
                passed.write(some, 0, n);
                afterPublish.run();
            } catch (SocketTimeoutException e) {
                assertThat(tap.available()).isZero();
            } catch (EOFException e) {
                return passed.toByteArray();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void plainMessagesGoToTheReceiverAndEverythingElseToPahoHoweverItIsCut(long seed) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.write(CONNACK);
        wire.write(plain(2, "plant/unit-1/flow", 1, "{\"value\":1}"));
        wire.write(PINGRESP);
        wire.write(plain(0, "plant/unit-1/füllstand", 0, ""));
        wire.write(plain(3, "plant/unit-1/flow", 65_535, "x".repeat(300)));
        wire.write(PINGRESP);
        wire.write(plain(10, "plant/unit-1/flow", 2, "again"));

        PublishTap tap = new PublishTap(new Cut(wire.toByteArray(), seed), this::take);
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        rest.write(CONNACK);
        rest.write(PINGRESP);
        rest.write(PINGRESP);
        assertThat(passedOn(tap, () -> {})).isEqualTo(rest.toByteArray());
        assertThat(taken)
                .containsExactly(
                        "plant/unit-1/flow {\"value\":1} 1",
                        "plant/unit-1/füllstand  0",
                        "plant/unit-1/flow " + "x".repeat(300) + " retained 65535",
                        "plant/unit-1/flow again 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"properties", "qos 2", "no topic", "not UTF-8", "larger than the buffer"})
    void whatIsNotPlainIsPahosAndLaterMessagesWaitForItsDelivery(String kind) throws IOException {
        byte[] special = switch (kind) {
            case "properties" -> publish(2, "t", 1, new byte[] {1, 1}, new byte[] {7});
            case "qos 2" -> plain(4, "t", 1, "x");
            case "no topic" -> plain(2, "", 1, "x");
            case "not UTF-8" -> new byte[] {0x32, 6, 0, 1, (byte) 0xFF, 0, 1, 0};
            default -> plain(2, "t", 1, "y".repeat(70_000));
        };
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.write(special);
        wire.write(plain(2, "after", 2, "z"));
        PublishTap tap = new PublishTap(new ByteArrayInputStream(wire.toByteArray()), this::take);

        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        byte[] some = new byte[1000];
        while (passed.size() < special.length) {
            passed.write(some, 0, tap.read(some, 0, some.length));
            assertThat(taken).as("the later message waits").isEmpty();
        }
        assertThat(passed.toByteArray()).isEqualTo(special);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread reader = Thread.ofPlatform().start(() -> end.complete(catchThrowable(() -> tap.read(some, 0, 1))));
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING || end.isDone());
        assertThat(taken)
                .as("it still waits when Paho reads on before it has delivered")
                .isEmpty();
        tap.delivered();
        assertThat(end).succeedsWithin(Duration.ofSeconds(10)).isInstanceOf(EOFException.class);
        assertThat(taken).containsExactly("after z 2");
    }

    /** A thousand streams of random bytes: no other end than the stream's own. */
    @Test
    void randomBytesNeitherHangNorCrashIt() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 1_000; round++) {
            byte[] noise = new byte[random.nextInt(1, 400)];
            random.nextBytes(noise);
            PublishTap tap = new PublishTap(new ByteArrayInputStream(noise), this::take);
            byte[] some = new byte[64];
            assertThatThrownBy(() -> {
                        while (true) {
                            tap.read(some, 0, some.length);
                            tap.delivered();
                        }
                    })
                    .isInstanceOf(EOFException.class);
        }
    }
}
