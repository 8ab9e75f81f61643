package io.penstock.sensors.mqtt.payload;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Seeded payloads that devices would not send: random, mutated, cut, doubled, nested and with impossible lengths. */
final class PayloadFuzz {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int LONGEST = 4_096;
    private static final List<String> FRAGMENTS = List.of(
            "[[[[[[[[",
            "{\"a\":",
            "\"v\":1,",
            "1e999",
            "-1e-999",
            "99999999999999999999",
            "null",
            "\"\\ud800\"",
            "NaN",
            "\u202e",
            "true",
            "}",
            "]",
            ",",
            "\"value\":",
            "\"ts\":",
            "\n",
            ";",
            "\"bn\":\"a\",",
            "\"x_\":1,",
            "\\u0000");
    /** CBOR heads: texts, bytes, arrays and maps of huge or no lengths, tags of big numbers and fractions, breaks. */
    private static final byte[][] HEADS = {
        {0x7F},
        {0x5F},
        {(byte) 0x9F},
        {(byte) 0xBF},
        {(byte) 0xFF},
        {0x7A, 0x7F, -1, -1, -1},
        {0x5A, 0x7F, -1, -1, -1},
        {0x5B, 0x7F, -1, -1, -1, -1, -1, -1, -1},
        {(byte) 0x9B, 0x7F, -1, -1, -1, -1, -1, -1, -1},
        {(byte) 0xBA, 0x7F, -1, -1, -1},
        {(byte) 0xC2, 0x5A, 0, 0x10, 0, 0},
        {(byte) 0xC4, (byte) 0x82, 0x1A, 0x7F, -1, -1, -1, 1},
        {(byte) 0xFB, 0x7F, (byte) 0xF8, 0, 0, 0, 0, 0, 0},
        {0x1B, -1, -1, -1, -1, -1, -1, -1, -1}
    };

    private final Random random;
    private final List<byte[]> seeds;

    PayloadFuzz(long seed, List<byte[]> seeds) {
        this.random = new Random(seed);
        this.seeds = seeds;
    }

    static long allocatedBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    byte[] next() {
        if (random.nextInt(8) == 0) {
            byte[] noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] payload = seeds.get(random.nextInt(seeds.size())).clone();
        for (int changes = random.nextInt(5); changes > 0 && payload.length > 0; changes--) {
            payload = changed(payload);
        }
        return payload.length > LONGEST ? Arrays.copyOf(payload, LONGEST) : payload;
    }

    private byte[] changed(byte[] good) {
        int at = random.nextInt(good.length);
        return switch (random.nextInt(8)) {
            case 0 -> {
                good[at] = (byte) random.nextInt(256);
                yield good;
            }
            case 1 -> {
                good[at] ^= (byte) (1 << random.nextInt(8));
                yield good;
            }
            case 2 -> Arrays.copyOf(good, at);
            case 3 -> {
                good[at] = good[random.nextInt(good.length)];
                yield good;
            }
            case 4 -> {
                int length = Math.min(random.nextInt(40), good.length - at);
                yield inserted(good, random.nextInt(good.length), Arrays.copyOfRange(good, at, at + length));
            }
            case 5 -> inserted(good, at, HEADS[random.nextInt(HEADS.length)]);
            case 6 ->
                inserted(
                        good,
                        at,
                        FRAGMENTS
                                .get(random.nextInt(FRAGMENTS.size()))
                                .repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 100 : 2))
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            default -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                yield inserted(good, at, Arrays.copyOf(other, random.nextInt(other.length + 1)));
            }
        };
    }

    private static byte[] inserted(byte[] into, int at, byte[] piece) {
        byte[] all = Arrays.copyOf(into, into.length + piece.length);
        System.arraycopy(into, at, all, at + piece.length, into.length - at);
        System.arraycopy(piece, 0, all, at, piece.length);
        return all;
    }
}
