package io.penstock.models.manifest;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The head of a GGUF file, read before any native code sees it.
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
 * @param architecture {@code general.architecture}, or empty
 * @param trainedContextTokens {@code <architecture>.context_length}, or 0
 * @param tensors number of tensors
 */
public record GgufHeader(String architecture, long trainedContextTokens, long tensors) {
    private static final long MAX_TENSORS = 100_000;
    private static final long MAX_ENTRIES = 100_000;
    private static final int MAX_KEY_BYTES = 65_536;
    private static final Set<Long> VERSIONS = Set.of(2L, 3L);
    /** A tensor's record is at least: name length, one byte of name, dims count, one dim, type, offset. */
    private static final long LEAST_TENSOR_BYTES = 33;
    /** An entry is at least: key length, one byte of key, type, one byte of value. */
    private static final long LEAST_ENTRY_BYTES = 14;

    /** The file is no GGUF file we would hand to native code. Trying again does not help. */
    public static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message);
        }
    }

    /**
     * Reads and checks the head.
     *
     * @throws Broken when it is not a sound GGUF file, with one line that says why
     * @throws IOException when the file cannot be read
     */
    public static GgufHeader read(Path file) throws Broken, IOException {
        long size = Files.size(file);
        try (InputStream raw = Files.newInputStream(file)) {
            return new Reader(file, size, raw).read();
        } catch (EOFException e) {
            throw new Broken("model file " + file + " ends inside its header after " + size
                    + " bytes: it is truncated; copy it again");
        }
    }

    private static final class Reader {
        private final Path file;
        private final long size;
        private final DataInputStream in;
        private long position;

        Reader(Path file, long size, InputStream raw) {
            this.file = file;
            this.size = size;
            this.in = new DataInputStream(new BufferedInputStream(raw, 1 << 16));
        }

        GgufHeader read() throws IOException, Broken {
            byte[] magic = take(4);
            if (!"GGUF".equals(new String(magic, StandardCharsets.ISO_8859_1))) {
                throw new Broken("model file " + file + " starts with "
                        + java.util.HexFormat.of().formatHex(magic)
                        + ", expected 47475546 (GGUF): it is no GGUF file");
            }
            long version = u32();
            if (!VERSIONS.contains(version)) {
                throw broken("version is " + version + ", expected 2 or 3");
            }
            long tensors = u64();
            long entries = u64();
            if (tensors < 1 || tensors > MAX_TENSORS || tensors * LEAST_TENSOR_BYTES > size) {
                throw broken("it claims " + Long.toUnsignedString(tensors) + " tensors in " + size + " bytes");
            }
            if (entries < 1 || entries > MAX_ENTRIES || entries * LEAST_ENTRY_BYTES > size) {
                throw broken("it claims " + Long.toUnsignedString(entries) + " entries in " + size + " bytes");
            }
            String architecture = "";
            long context = 0;
            long alignment = 32;
            for (long i = 0; i < entries; i++) {
                String key = text();
                long type = u32();
                if (key.equals("general.architecture") && type == 8) {
                    architecture = text();
                } else if (key.equals(architecture + ".context_length") && type == 4) {
                    context = u32();
                } else if (key.equals("general.alignment") && type == 4) {
                    alignment = u32();
                } else {
                    skipValue(type, 0);
                }
            }
            long lastOffset = 0;
            for (long i = 0; i < tensors; i++) {
                text();
                long dims = u32();
                if (dims > 8) {
                    throw broken("tensor " + i + " has " + dims + " dimensions");
                }
                skip(dims * 8 + 4);
                long offset = u64();
                if (offset < 0) {
                    throw broken("tensor " + i + " lies at offset " + Long.toUnsignedString(offset));
                }
                lastOffset = Math.max(lastOffset, offset);
            }
            if (alignment < 1 || alignment > 1 << 20) {
                throw broken("alignment is " + alignment);
            }
            long data = (position + alignment - 1) / alignment * alignment;
            if (lastOffset > size - data) {
                throw new Broken("model file " + file + " has " + size + " bytes, but its last tensor starts at "
                        + Long.toUnsignedString(data + lastOffset) + ": it is truncated; copy it again");
            }
            return new GgufHeader(architecture, context, tensors);
        }

        private void skipValue(long type, int depth) throws IOException, Broken {
            switch ((int) type) {
                case 0, 1, 7 -> skip(1);
                case 2, 3 -> skip(2);
                case 4, 5, 6 -> skip(4);
                case 10, 11, 12 -> skip(8);
                case 8 -> skip(length());
                case 9 -> {
                    long element = u32();
                    long count = length();
                    if (depth > 2) {
                        throw broken("lists lie in lists in lists");
                    }
                    for (long i = 0; i < count; i++) {
                        skipValue(element, depth + 1);
                    }
                }
                default -> throw broken("an entry has the unknown type " + type);
            }
        }

        private String text() throws IOException, Broken {
            long length = length();
            if (length > MAX_KEY_BYTES) {
                throw broken("a name has " + length + " bytes");
            }
            return new String(take((int) length), StandardCharsets.UTF_8);
        }

        private long length() throws IOException, Broken {
            long length = u64();
            if (length < 0 || length > size) {
                throw broken("a length says " + Long.toUnsignedString(length) + " in a file of " + size + " bytes");
            }
            return length;
        }

        private long u32() throws IOException {
            return Integer.toUnsignedLong(
                    ByteBuffer.wrap(take(4)).order(ByteOrder.LITTLE_ENDIAN).getInt());
        }

        private long u64() throws IOException {
            return ByteBuffer.wrap(take(8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }

        private byte[] take(int count) throws IOException {
            byte[] bytes = new byte[count];
            in.readFully(bytes);
            position += count;
            return bytes;
        }

        private void skip(long count) throws IOException {
            in.skipNBytes(count);
            position += count;
        }

        private Broken broken(String what) {
            return new Broken("model file " + file + " has a corrupt header: " + what + "; copy it again");
        }
    }
}
