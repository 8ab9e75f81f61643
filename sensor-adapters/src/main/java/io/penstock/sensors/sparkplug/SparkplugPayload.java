package io.penstock.sensors.sparkplug;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A payload (sparkplug_b.proto, message Payload), read by hand on protobuf's own {@link CodedInputStream}: a dozen
 * fields are needed, and what is skipped (templates, data sets, strings, files) is never built in memory.
 *
 * @param timestampMillis since the epoch, -1 where there is none
 * @param seq 0 to 255, -1 where there is none
 */
record SparkplugPayload(long timestampMillis, int seq, List<Metric> metrics) {
    static final int MOST_METRICS = 20_000;

    sealed interface Outcome {
        record Decoded(SparkplugPayload payload) implements Outcome {}

        record Rejected(String reason) implements Outcome {}
    }

    /** Total: every sequence of bytes has an outcome. */
    static Outcome decode(byte[] bytes) {
        try {
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            long timestamp = -1;
            long seq = -1;
            List<Metric> metrics = new ArrayList<>();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case 1 << 3 -> timestamp = in.readUInt64();
                    case 2 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                        if (metrics.size() == MOST_METRICS) {
                            return new Outcome.Rejected("more than " + MOST_METRICS + " metrics in one payload");
                        }
                        int limit = in.pushLimit(in.readRawVarint32());
                        metrics.add(Metric.read(in));
                        in.popLimit(limit);
                    }
                    case 3 << 3 -> seq = in.readUInt64();
                    default -> in.skipField(tag);
                }
            }
            if (seq < -1 || seq > 255) {
                return new Outcome.Rejected("sequence number is " + Long.toUnsignedString(seq) + ", expected 0 to 255");
            }
            return new Outcome.Decoded(new SparkplugPayload(timestamp, (int) seq, metrics));
        } catch (IOException e) {
            return new Outcome.Rejected("expected a Sparkplug B payload: " + e.getMessage());
        }
    }
}
