package io.penstock.models.manifest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes GGUF files piece by piece, right ones and wrong ones. */
public final class GgufFile {
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
    private final List<Integer> lengths = new ArrayList<>();
    private long entryCount;
    private long tensorCount;
    private long offset;

    /** A small model as the larger ones are: texts, numbers, lists, tensors of two types. */
    public static GgufFile model() {
        return new GgufFile()
                .text("general.architecture", "llama")
                .text("general.name", "a small one")
                .u32("llama.context_length", 2048)
                .u32("general.alignment", 32)
                .value("general.quantized", 7, bytes(1).put((byte) 1))
                .value("llama.rope.freq_base", 6, bytes(4).putFloat(10_000))
                .words("tokenizer.ggml.tokens", "<s>", "</s>", "a", "bearing", "é")
                .value(
                        "tokenizer.ggml.scores",
                        9,
                        bytes(12 + 8).putInt(6).putLong(2).putFloat(0).putFloat(-1))
                .value(
                        "tokenizer.ggml.flags",
                        9,
                        bytes(12 + 2).putInt(7).putLong(2).putShort((short) 0x0100))
                .tensor("token_embd.weight", 8, 64, 5)
                .tensor("blk.0.attn_norm.weight", 0, 5)
                .tensor("blk.0.attn_q.weight", 3, 64, 2);
    }

    /** A LoRA adapter of two pairs. */
    static GgufFile adapter() {
        return new GgufFile()
                .text("general.architecture", "llama")
                .text("general.type", "adapter")
                .text("adapter.type", "lora")
                .value("adapter.lora.alpha", 6, bytes(4).putFloat(16))
                .tensor("blk.0.attn_q.weight.lora_a", 0, 64, 4)
                .tensor("blk.0.attn_q.weight.lora_b", 0, 4, 64)
                .tensor("blk.0.attn_v.weight.lora_a", 0, 64, 4)
                .tensor("blk.0.attn_v.weight.lora_b", 0, 4, 64);
    }

    static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    GgufFile text(String key, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return value(key, 8, bytes(8 + utf8.length).putLong(utf8.length).put(utf8));
    }

    GgufFile u32(String key, int value) {
        return value(key, 4, bytes(4).putInt(value));
    }

    GgufFile words(String key, String... words) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.writeBytes(bytes(12).putInt(8).putLong(words.length).array());
        for (String word : words) {
            writeText(list, word);
        }
        return value(key, 9, ByteBuffer.wrap(list.toByteArray()));
    }

    GgufFile value(String key, int type, ByteBuffer value) {
        writeText(entries, key);
        entries.writeBytes(bytes(4).putInt(type).array());
        entries.writeBytes(value.array());
        entryCount++;
        return this;
    }

    GgufFile tensor(String name, int type, long... dimensions) {
        return tensorAt(offset, name, type, dimensions);
    }

    GgufFile tensorAt(long at, String name, int type, long... dimensions) {
        writeText(tensors, name);
        tensors.writeBytes(bytes(4).putInt(dimensions.length).array());
        long elements = 1;
        for (long length : dimensions) {
            tensors.writeBytes(bytes(8).putLong(length).array());
            elements *= length;
        }
        tensors.writeBytes(bytes(12).putInt(type).putLong(at).array());
        tensorCount++;
        long length = GgmlType.of(type).map(GgmlType::blockElements).orElse(1) > elements
                ? 0
                : GgmlType.of(type).orElse(GgmlType.F32).bytes(Math.min(elements, 1 << 20));
        lengths.add((int) length);
        offset = (at + length + 31) / 32 * 32;
        return this;
    }

    public byte[] written() {
        return written(3, tensorCount, entryCount);
    }

    byte[] written(int version, long claimedTensors, long claimedEntries) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(bytes(20)
                .putInt(version)
                .putLong(claimedTensors)
                .putLong(claimedEntries)
                .array());
        file.writeBytes(entries.toByteArray());
        file.writeBytes(tensors.toByteArray());
        while (file.size() % 32 != 0) {
            file.write(0);
        }
        for (int length : lengths) {
            file.writeBytes(new byte[(length + 31) / 32 * 32]);
        }
        return file.toByteArray();
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(bytes(8).putLong(utf8.length).array());
        out.writeBytes(utf8);
    }
}
