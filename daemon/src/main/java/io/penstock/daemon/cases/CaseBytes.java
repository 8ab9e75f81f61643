package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding.Tier;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How a case book's state is written, big endian:
 *
 * <pre>
 * snapshot: "PCB1" | body | crc32 of body (int)
 * body:     announcements (int n, n x long) | rejected, dropped, delayed, announced (4 x long) | assets (int n)
 *           n x ( id (utf) | now (long) | machine lane | sensor lane )
 * lane:     open | id | version | opened | updated | said at | severity | numbered | waiting | said? | lines (int n) | n x line
 * </pre>
 */
final class CaseBytes {
    private CaseBytes() {}

    static void write(DataOutputStream out, EvidenceLine line) throws IOException {
        out.writeInt(line.number());
        text(out, line.channel());
        out.writeByte(line.tier().ordinal());
        out.writeUTF(line.symptom());
        text(out, line.location());
        out.writeBoolean(line.active());
        out.writeLong(line.firstMicros());
        out.writeLong(line.lastMicros());
        out.writeDouble(line.value());
        out.writeUTF(line.unit());
        out.writeDouble(line.limit());
        out.writeUTF(line.limitSource());
        out.writeDouble(line.baseline());
        out.writeByte(line.severity().ordinal());
        out.writeDouble(line.strength());
        out.writeDouble(line.share());
        out.writeByte(line.quality().ordinal());
        out.writeLong(line.position());
    }

    static EvidenceLine line(DataInputStream in) throws IOException {
        return new EvidenceLine(
                in.readInt(),
                text(in),
                one(Tier.values(), in.readByte()),
                in.readUTF(),
                text(in),
                in.readBoolean(),
                in.readLong(),
                in.readLong(),
                in.readDouble(),
                in.readUTF(),
                in.readDouble(),
                in.readUTF(),
                in.readDouble(),
                one(Severity.values(), in.readByte()),
                in.readDouble(),
                in.readDouble(),
                one(Quality.values(), in.readByte()),
                in.readLong());
    }

    private static void text(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            out.writeUTF(text);
        }
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        return in.readBoolean() ? in.readUTF() : null;
    }

    static <E> E one(E[] values, int ordinal) throws IOException {
        if (ordinal < 0 || ordinal >= values.length) {
            throw new IOException("value " + ordinal + " of " + values.length);
        }
        return values[ordinal];
    }

    static int count(int count, int most) throws IOException {
        if (count < 0 || count > most) {
            throw new IOException("count " + count + ", expected 0 to " + most);
        }
        return count;
    }
}
