package io.penstock.models.manifest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The head of a GGUF file, a model's or an adapter's, read before any native code sees it.
 *
 * <pre>
 *  0      4          8               16            24
 *  +------+----------+---------------+-------------+-----------------------+----------------------+------
 *  | GGUF | version  | tensor count  | entry count | entries: key, type,   | tensors: name, dims, | data
 *  |      | u32 2..3 | u64           | u64         | value                 | type, offset in data |
 *  +------+----------+---------------+-------------+-----------------------+----------------------+------
 * </pre>
 *
 * Everything is little-endian; a text is a u64 length and its bytes.
 *
 * @param architecture {@code general.architecture}
 * @param adapter whether it is a LoRA adapter and no model
 * @param trainedContextTokens {@code <architecture>.context_length}, or 0
 * @param tensors number of tensors
 * @param parameters numbers in all tensors
 * @param quantization the type most of these numbers are written in, such as {@code Q4_K}
 */
public record GgufHeader(
        String architecture,
        boolean adapter,
        long trainedContextTokens,
        long tensors,
        long parameters,
        String quantization) {
    /** The file is no GGUF file we would hand to native code. Trying again does not help. */
    public static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message);
        }
    }

    /**
     * Reads and checks the head. Needs memory for names alone, at most {@link GgufReader#MOST_NAME_BYTES}, whatever the file claims.
     *
     * @throws Broken when it is not a sound GGUF file, with one line that says why
     * @throws IOException when the file cannot be read
     */
    public static GgufHeader read(Path file) throws Broken, IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new GgufReader(channel, channel.size(), file.toString()).read();
        }
    }

    /**
     * Reads and checks the head of a LoRA adapter.
     *
     * @param base architecture of the model it is for
     * @throws Broken when it is no sound adapter for such a model
     */
    public static GgufHeader readAdapter(Path file, String base) throws Broken, IOException {
        GgufHeader header = read(file);
        if (!header.adapter()) {
            throw new Broken("file " + file + " holds a model, expected a LoRA adapter");
        }
        if (!header.architecture().equals(base)) {
            throw new Broken("adapter " + file + " is for the architecture " + header.architecture()
                    + ", the model is of " + base);
        }
        return header;
    }
}
