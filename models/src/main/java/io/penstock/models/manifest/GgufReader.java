package io.penstock.models.manifest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** Goes once through the head of one GGUF file; what it finds wrong it says with the place. */
final class GgufReader {
    /** Keys and tensor names together; the largest models have some 100 KB. */
    static final int MOST_NAME_BYTES = 8 << 20;

    private static final int MOST_TENSORS = 65_536;
    private static final int MOST_ENTRIES = 65_536;
    private static final int LONGEST_KEY = 1_024;
    /** ggml keeps 64 bytes, the last one NUL. */
    private static final int LONGEST_TENSOR_NAME = 63;

    private static final int LONGEST_WORD = 256;
    private static final int MOST_DIMENSIONS = 4;
    private static final int MOST_ALIGNMENT = 1 << 16;
    private static final long LEAST_TENSOR_BYTES = 33;
    private static final long LEAST_ENTRY_BYTES = 14;

    private static final int UINT16 = 2;
    private static final int UINT32 = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    /** Bytes of a value by its type; 0 where its length is in the file. */
    private static final int[] VALUE_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private final String name;
    private final long size;
    private final ReadableByteChannel channel;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN).flip();
    private final Set<String> names = new HashSet<>();
    private final Map<GgmlType, Long> numbersByType = new EnumMap<>(GgmlType.class);
    private long position;
    private long nameBytes;

    private String architecture = "";
    private String kind = "model";
    private String adapterKind = "";
    private String contextKey = "";
    private long context;
    private long alignment = 32;
    private long nextOffset;
    private long dataEnd;
    private int adapterTensors;

    /**
     * A reader at the file's beginning.
     *
     * @param size of the whole file, bytes
     * @param name for messages
     */
    GgufReader(ReadableByteChannel channel, long size, String name) {
        this.channel = channel;
        this.size = size;
        this.name = name;
    }

    GgufHeader read() throws IOException, GgufHeader.Broken {
        byte[] magic = take(4);
        if (!"GGUF".equals(new String(magic, StandardCharsets.ISO_8859_1))) {
            throw new GgufHeader.Broken("model file " + name + " starts with "
                    + HexFormat.of().formatHex(magic) + ", expected 47475546 (GGUF): it is no GGUF file");
        }
        long version = u32();
        if (version != 2 && version != 3) {
            throw broken("version is " + version + ", expected 2 or 3");
        }
        long tensors = count("tensors", MOST_TENSORS, LEAST_TENSOR_BYTES);
        long entries = count("entries", MOST_ENTRIES, LEAST_ENTRY_BYTES);
        for (long i = 0; i < entries; i++) {
            entry(i);
        }
        if (architecture.isEmpty()) {
            throw broken("general.architecture is missing");
        }
        names.clear();
        for (long i = 0; i < tensors; i++) {
            tensor(i);
        }
        refuseCut();
        boolean adapter = adapter(tensors);
        GgmlType most = GgmlType.F32;
        long parameters = 0;
        for (Map.Entry<GgmlType, Long> type : numbersByType.entrySet()) {
            parameters += type.getValue();
            if (type.getValue() > numbersByType.getOrDefault(most, 0L)) {
                most = type.getKey();
            }
        }
        long trained = contextKey.equals(architecture + ".context_length") ? context : 0;
        return new GgufHeader(architecture, adapter, trained, tensors, parameters, most.name());
    }

    private long count(String of, int most, long leastBytes) throws IOException, GgufHeader.Broken {
        long count = u64();
        if (count < 1 || count > most || count > (size - position) / leastBytes) {
            throw broken("it claims " + Long.toUnsignedString(count) + " " + of + " in " + size + " bytes, at most "
                    + most + " are read");
        }
        return count;
    }

    private void entry(long index) throws IOException, GgufHeader.Broken {
        String key = name("the key of entry " + index, LONGEST_KEY);
        int type = type("entry " + key);
        switch (key) {
            case "general.architecture" -> architecture = word(key, type);
            case "general.type" -> kind = word(key, type);
            case "adapter.type" -> adapterKind = word(key, type);
            case "general.alignment" -> {
                alignment = number(key, type);
                if (Long.bitCount(alignment) != 1 || alignment > MOST_ALIGNMENT) {
                    throw broken("alignment is " + alignment + ", expected a power of two up to " + MOST_ALIGNMENT);
                }
            }
            case "split.count" -> {
                long parts = type == UINT16 ? u16() : number(key, type);
                if (parts > 1) {
                    throw broken(
                            "it is one of " + parts + " parts; join them into one file (llama-gguf-split --merge)");
                }
            }
            default -> {
                if (key.endsWith(".context_length") && type == UINT32) {
                    contextKey = key;
                    context = u32();
                } else {
                    skipValue(key, type);
                }
            }
        }
    }

    private int type(String of) throws IOException, GgufHeader.Broken {
        long type = u32();
        if (type >= VALUE_BYTES.length) {
            throw broken(of + " has the unknown type " + type);
        }
        return (int) type;
    }

    private String word(String key, int type) throws IOException, GgufHeader.Broken {
        if (type != STRING) {
            throw broken(key + " has type " + type + ", expected a text");
        }
        return text(key, LONGEST_WORD);
    }

    private long number(String key, int type) throws IOException, GgufHeader.Broken {
        if (type != UINT32) {
            throw broken(key + " has type " + type + ", expected an unsigned number of 32 bits");
        }
        return u32();
    }

    private void skipValue(String key, int type) throws IOException, GgufHeader.Broken {
        switch (type) {
            case STRING -> skip(within("text " + key, u64(), 1));
            case BOOL -> bool(key);
            case ARRAY -> {
                int element = type("list " + key);
                if (element == ARRAY) {
                    throw broken("list " + key + " holds lists");
                }
                long count = within("list " + key, u64(), element == STRING ? 8 : VALUE_BYTES[element]);
                if (element == STRING) {
                    for (long i = 0; i < count; i++) {
                        skip(within("a text of list " + key, u64(), 1));
                    }
                } else if (element == BOOL) {
                    for (long i = 0; i < count; i++) {
                        bool(key);
                    }
                } else {
                    skip(count * VALUE_BYTES[element]);
                }
            }
            default -> skip(VALUE_BYTES[type]);
        }
    }

    private void bool(String key) throws IOException, GgufHeader.Broken {
        need(1);
        position++;
        int value = buffer.get();
        if (value != 0 && value != 1) {
            throw broken(key + " is " + value + ", expected 0 or 1");
        }
    }

    private void tensor(long index) throws IOException, GgufHeader.Broken {
        String tensor = "tensor " + name("the name of tensor " + index, LONGEST_TENSOR_NAME);
        if (tensor.endsWith(".lora_a") || tensor.endsWith(".lora_b")) {
            adapterTensors++;
        }
        long dimensions = u32();
        if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
            throw broken(tensor + " has " + dimensions + " dimensions, expected 1 to " + MOST_DIMENSIONS);
        }
        long elements = 1;
        long row = 0;
        for (long i = 0; i < dimensions; i++) {
            long length = u64();
            if (length < 1 || elements > Long.MAX_VALUE / 16 / length) {
                throw broken(tensor + " has the dimension " + Long.toUnsignedString(length));
            }
            elements *= length;
            row = i == 0 ? length : row;
        }
        long number = u32();
        GgmlType type = GgmlType.of(number)
                .orElseThrow(
                        () -> broken(tensor + " has the type " + number + ", which llama.cpp 0.5.0 does not have"));
        if (row % type.blockElements() != 0) {
            throw broken(tensor + " has rows of " + row + " numbers, " + type + " needs a multiple of "
                    + type.blockElements());
        }
        if (elements / type.blockElements() > size) {
            throw broken(tensor + " has " + elements + " numbers in a file of " + size + " bytes");
        }
        place(tensor, type, elements, u64());
    }

    /** Tensors follow each other in the order of their records, each at the next multiple of the alignment. */
    private void place(String tensor, GgmlType type, long elements, long offset) throws GgufHeader.Broken {
        if (offset != nextOffset) {
            String how = Long.compareUnsigned(offset, nextOffset) < 0 ? "it overlaps the one before" : "there is a gap";
            throw broken(tensor + " starts at " + Long.toUnsignedString(offset) + " of the data, expected " + nextOffset
                    + ": " + how);
        }
        long end = offset + type.bytes(elements);
        if (end < 0 || end > size) {
            throw cut("its " + tensor + " ends at " + end + " of the data");
        }
        dataEnd = end;
        nextOffset = aligned(end);
        numbersByType.merge(type, elements, Long::sum);
    }

    /** The last tensor's padding may be missing. */
    private void refuseCut() throws GgufHeader.Broken {
        long data = aligned(position);
        if (dataEnd > size - data) {
            throw cut("its tensors end at " + (data + dataEnd));
        }
    }

    private boolean adapter(long tensors) throws GgufHeader.Broken {
        if (!kind.equals("adapter")) {
            if (adapterTensors > 0) {
                throw broken("it holds " + adapterTensors + " tensors of an adapter and calls itself a " + kind);
            }
            return false;
        }
        if (!adapterKind.equals("lora")) {
            throw broken("adapter.type is \"" + adapterKind + "\", expected lora");
        }
        if (adapterTensors != tensors || tensors % 2 != 0) {
            throw broken("an adapter's tensors are pairs named .lora_a and .lora_b; " + adapterTensors + " of "
                    + tensors + " are");
        }
        return true;
    }

    private long aligned(long offset) {
        return (offset + alignment - 1) / alignment * alignment;
    }

    /** A text that may stand once in its list. */
    private String name(String what, int longest) throws IOException, GgufHeader.Broken {
        String text = text(what, longest);
        nameBytes += text.length();
        if (nameBytes > MOST_NAME_BYTES) {
            throw broken("its names have more than " + MOST_NAME_BYTES + " bytes");
        }
        if (!names.add(text)) {
            throw broken(what + ", " + text + ", stands there twice");
        }
        return text;
    }

    /** A short text without control characters: it comes into messages. */
    private String text(String what, int longest) throws IOException, GgufHeader.Broken {
        long length = u64();
        if (length < 1 || length > longest) {
            throw broken(what + " has " + Long.toUnsignedString(length) + " bytes, expected 1 to " + longest);
        }
        byte[] bytes = take((int) length);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.chars().noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)) {
                return text;
            }
        } catch (CharacterCodingException noText) {
            // said below, with the bytes
        }
        throw broken(what + " is no plain text: "
                + HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(16, bytes.length))));
    }

    /** A count that the rest of the file has room for. */
    private long within(String what, long count, int leastBytesEach) throws GgufHeader.Broken {
        if (count < 0 || count > (size - position) / leastBytesEach) {
            throw broken(what + " claims " + Long.toUnsignedString(count) + " parts of " + leastBytesEach
                    + " bytes or more, and " + (size - position) + " bytes are left: it is truncated or changed");
        }
        return count;
    }

    private int u16() throws IOException, GgufHeader.Broken {
        need(2);
        position += 2;
        return Short.toUnsignedInt(buffer.getShort());
    }

    private long u32() throws IOException, GgufHeader.Broken {
        need(4);
        position += 4;
        return Integer.toUnsignedLong(buffer.getInt());
    }

    private long u64() throws IOException, GgufHeader.Broken {
        need(8);
        position += 8;
        return buffer.getLong();
    }

    private byte[] take(int count) throws IOException, GgufHeader.Broken {
        need(count);
        byte[] bytes = new byte[count];
        buffer.get(bytes);
        position += count;
        return bytes;
    }

    private void skip(long count) throws IOException, GgufHeader.Broken {
        long left = count;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                need(1);
            }
            int now = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + now);
            left -= now;
        }
        position += count;
    }

    /** Makes so many bytes available, at most the buffer's. */
    private void need(int count) throws IOException, GgufHeader.Broken {
        if (buffer.remaining() >= count) {
            return;
        }
        buffer.compact();
        int got = 0;
        while (buffer.position() < count && got >= 0) {
            got = channel.read(buffer);
        }
        buffer.flip();
        if (buffer.remaining() < count) {
            throw new GgufHeader.Broken("model file " + name + " ends inside its header after " + size
                    + " bytes: it is truncated; copy it again");
        }
    }

    private GgufHeader.Broken cut(String where) {
        return new GgufHeader.Broken(
                "model file " + name + " has " + size + " bytes, but " + where + ": it is truncated; copy it again");
    }

    private GgufHeader.Broken broken(String what) {
        return new GgufHeader.Broken("model file " + name + " has a corrupt header: " + what + "; copy it again");
    }
}
