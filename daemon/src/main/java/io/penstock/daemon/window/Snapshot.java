package io.penstock.daemon.window;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The frame of a saved state: {@code "PEN" 'S'}, the CRC-32 of what it belongs to (kind, version, settings, channels), the
 * CRC-32 of the body, the body. A snapshot of other settings or with a flipped bit is refused, never half read.
 */
public final class Snapshot {
    private static final int MAGIC = 0x50454E53;
    private static final int HEADER_BYTES = 4 + 8 + 8;

    /** Writes the body. */
    @FunctionalInterface
    public interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    /** Reads the body in the order it was written. */
    @FunctionalInterface
    public interface Reading {
        void from(DataInputStream in) throws IOException;
    }

    private Snapshot() {}

    /**
     * @param owner everything a reader must agree with: kind, version, settings, channels
     */
    public static byte[] write(String owner, Writing body) {
        try {
            ByteArrayOutputStream inner = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(inner);
            body.to(data);
            data.flush();
            byte[] bytes = inner.toByteArray();
            ByteArrayOutputStream whole = new ByteArrayOutputStream(HEADER_BYTES + bytes.length);
            DataOutputStream out = new DataOutputStream(whole);
            out.writeInt(MAGIC);
            out.writeLong(crc(owner.getBytes(StandardCharsets.UTF_8)));
            out.writeLong(crc(bytes));
            out.write(bytes);
            out.flush();
            return whole.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    /**
     * @throws IllegalArgumentException when the bytes are no snapshot of this owner; what was read so far must be thrown away
     */
    public static void read(String owner, byte[] snapshot, Reading body) {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(snapshot));
            if (snapshot.length < HEADER_BYTES || in.readInt() != MAGIC) {
                throw new IllegalArgumentException(
                        "read a snapshot of " + snapshot.length + " bytes: it is none of ours");
            }
            if (in.readLong() != crc(owner.getBytes(StandardCharsets.UTF_8))) {
                throw new IllegalArgumentException(
                        "read a snapshot: it belongs to other settings or another version than " + kindOf(owner));
            }
            long expected = in.readLong();
            byte[] bytes = in.readAllBytes();
            if (expected != crc(bytes)) {
                throw new IllegalArgumentException("read a snapshot of " + kindOf(owner) + ": its checksum is wrong");
            }
            DataInputStream data = new DataInputStream(new ByteArrayInputStream(bytes));
            body.from(data);
            if (data.available() > 0) {
                throw new IllegalArgumentException(
                        "read a snapshot of " + kindOf(owner) + ": " + data.available() + " bytes too many");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("read a snapshot of " + kindOf(owner) + ": it ends too early", e);
        }
    }

    /** Writes an array with its length. */
    public static void doubles(DataOutputStream out, double[] values) throws IOException {
        out.writeInt(values.length);
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    /** Fills the array from what {@link #doubles(DataOutputStream, double[])} wrote. */
    public static void doubles(DataInputStream in, double[] into) throws IOException {
        int length = in.readInt();
        if (length != into.length) {
            throw new IllegalArgumentException("read a snapshot: an array of " + length + ", expected " + into.length);
        }
        for (int i = 0; i < length; i++) {
            into[i] = in.readDouble();
        }
    }

    private static String kindOf(String owner) {
        int end = owner.indexOf(' ');
        return end < 0 ? owner : owner.substring(0, end);
    }

    private static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }
}
