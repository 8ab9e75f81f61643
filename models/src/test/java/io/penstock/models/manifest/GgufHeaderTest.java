package io.penstock.models.manifest;

import static io.penstock.models.manifest.GgufFile.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufHeaderTest {
    private static final long SEED = 20_260_301;
    private static final int MUTATIONS = 120_000;
    private static final long MOST_BYTES_A_READ = 256 << 10;

    @Test
    void aSoundModelAndASoundAdapterAreRead() throws Exception {
        assertThat(read(GgufFile.model().written()))
                .isEqualTo(new GgufHeader("llama", false, 2048, 3, 64 * 5 + 5 + 128, "Q8_0"));
        assertThat(read(GgufFile.adapter().written())).isEqualTo(new GgufHeader("llama", true, 0, 4, 4 * 256, "F32"));
    }

    @Test
    void anAdapterMustFitItsModel(@TempDir Path folder) throws Exception {
        Path adapter = Files.write(folder.resolve("a.gguf"), GgufFile.adapter().written());
        Path model = Files.write(folder.resolve("m.gguf"), GgufFile.model().written());
        assertThat(GgufHeader.readAdapter(adapter, "llama").adapter()).isTrue();
        assertThatExceptionOfType(GgufHeader.Broken.class)
                .isThrownBy(() -> GgufHeader.readAdapter(adapter, "phi3"))
                .withMessageContaining("is for the architecture llama, the model is of phi3");
        assertThatExceptionOfType(GgufHeader.Broken.class)
                .isThrownBy(() -> GgufHeader.readAdapter(model, "llama"))
                .withMessageContaining("expected a LoRA adapter");
    }

    @Test
    void whatIsWrongIsNamed() {
        byte[] sound = GgufFile.model().written();
        wrong("<html>...".getBytes(java.nio.charset.StandardCharsets.UTF_8), "it is no GGUF file");
        wrong(Arrays.copyOf(sound, 3), "ends inside its header after 3 bytes");
        wrong(Arrays.copyOf(sound, 200), "it is truncated");
        wrong(Arrays.copyOf(sound, sound.length - 40), "it is truncated");
        wrong(GgufFile.model().written(4, 3, 9), "version is 4, expected 2 or 3");
        wrong(GgufFile.model().written(3, 1L << 40, 9), "it claims 1099511627776 tensors");
        wrong(GgufFile.model().written(3, -1, 9), "it claims 18446744073709551615 tensors");
        wrong(GgufFile.model().written(3, 3, 0), "it claims 0 entries");
        wrong(GgufFile.model().text("general.name", "again").written(), "general.name, stands there twice");
        wrong(GgufFile.model().value("x", 13, bytes(4)).written(), "entry x has the unknown type 13");
        wrong(GgufFile.model().value("x", 7, bytes(1).put((byte) 2)).written(), "x is 2, expected 0 or 1");
        wrong(GgufFile.model().value("x", 9, bytes(12).putInt(9).putLong(1)).written(), "list x holds lists");
        wrong(
                GgufFile.model()
                        .value("x", 9, bytes(12).putInt(4).putLong(1L << 62))
                        .written(),
                "list x claims");
        wrong(GgufFile.model().value("x", 8, bytes(8).putLong(-5)).written(), "text x claims 18446744073709551611");
        wrong(GgufFile.model().text("a\u001b[2Jb", "v").written(), "is no plain text: 611b5b324a62");
        wrong(
                GgufFile.model()
                        .value("general.alignment2", 4, bytes(4))
                        .u32("split.count", 3)
                        .written(),
                "one of 3 parts");
        wrong(new GgufFile().u32("general.alignment", 48).tensor("t", 0, 1).written(), "expected a power of two");
        wrong(new GgufFile().u32("a", 1).tensor("t", 0, 1).written(), "general.architecture is missing");
    }

    @Test
    void tensorsThatLieWrongAreNamed() {
        wrong(GgufFile.model().tensor("t", 5, 32).written(), "has the type 5, which llama.cpp 0.5.0 does not have");
        wrong(GgufFile.model().tensor("t", 12, 100, 256).written(), "Q4_K needs a multiple of 256");
        wrong(GgufFile.model().tensor("t", 0, 0).written(), "has the dimension 0");
        wrong(GgufFile.model().tensor("t", 0, 1, 1, 1, 1, 1).written(), "has 5 dimensions");
        wrong(GgufFile.model().tensor("t", 0, 1L << 40, 1L << 40).written(), "has the dimension 1099511627776");
        wrong(GgufFile.model().tensor("t", 0, 1L << 50).written(), "numbers in a file of");
        wrong(GgufFile.model().tensor("n".repeat(64), 0, 1).written(), "has 64 bytes, expected 1 to 63");
        wrong(GgufFile.model().tensorAt(0, "t", 0, 1).written(), "it overlaps the one before");
        wrong(GgufFile.model().tensorAt(1 << 12, "t", 0, 1).written(), "there is a gap");
        wrong(GgufFile.model().tensorAt(-32, "t", 0, 1).written(), "there is a gap");
        wrong(GgufFile.model().tensor("blk.0.attn_q.weight.lora_a", 0, 1).written(), "calls itself a model");
        wrong(GgufFile.adapter().tensor("other", 0, 1).written(), "4 of 5 are");
    }

    @Test
    void everyMutatedHeaderIsReadOrRefusedWithAReasonInBoundedMemory() throws IOException {
        com.sun.management.ThreadMXBean memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        SplittableRandom random = new SplittableRandom(SEED);
        byte[][] sound = {GgufFile.model().written(), GgufFile.adapter().written()};
        long refused = 0;
        long worst = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutated(sound[i % 2], random);
            long before = memory.getCurrentThreadAllocatedBytes();
            Object outcome = outcome(mutated);
            long allocated = memory.getCurrentThreadAllocatedBytes() - before;
            // the first reads load classes
            worst = i < 100 ? 0 : Math.max(worst, allocated);
            if (outcome instanceof GgufHeader header) {
                assertThat(header.architecture()).isNotEmpty();
                assertThat(header.tensors()).isBetween(1L, (long) mutated.length);
                assertThat(header.parameters()).isPositive().isLessThanOrEqualTo(8L * mutated.length);
            } else {
                assertThat(outcome.toString()).startsWith("model file ").matches("\\P{Cntrl}{30,600}");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(MUTATIONS / 3);
        assertThat(worst).isLessThan(MOST_BYTES_A_READ);
    }

    private static Object outcome(byte[] file) throws IOException {
        try {
            return read(file);
        } catch (GgufHeader.Broken e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static byte[] mutated(byte[] sound, SplittableRandom random) {
        byte[] file = sound.clone();
        int head = Math.min(file.length, 1024);
        int steps = 1 + random.nextInt(3);
        for (int step = 0; step < steps; step++) {
            int at = random.nextInt(head - 8);
            switch (random.nextInt(7)) {
                case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> file[at] = (byte) random.nextInt();
                case 2 -> bytesInto(file, at, 4, extreme(random));
                case 3 -> bytesInto(file, at, 8, extreme(random));
                case 4 -> file = Arrays.copyOf(file, at + random.nextInt(file.length - at));
                case 5 -> System.arraycopy(file, at, file, random.nextInt(head - 8), 8);
                default -> System.arraycopy(file, at, file, Math.min(at + 1, file.length - 1), file.length - at - 1);
            }
            head = Math.min(file.length, 1024);
            if (head < 16) {
                return file;
            }
        }
        return file;
    }

    private static long extreme(SplittableRandom random) {
        long[] values = {
            0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 1L << 61
        };
        return values[random.nextInt(values.length)] + random.nextInt(3) - 1;
    }

    private static void bytesInto(byte[] file, int at, int count, long value) {
        for (int i = 0; i < count; i++) {
            file[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private static void wrong(byte[] file, String why) {
        assertThatExceptionOfType(GgufHeader.Broken.class)
                .isThrownBy(() -> read(file))
                .withMessageContaining(why);
    }

    private static GgufHeader read(byte[] file) throws GgufHeader.Broken, IOException {
        return new GgufReader(Channels.newChannel(new ByteArrayInputStream(file)), file.length, "m.gguf").read();
    }
}
