package io.penstock.sensors.sparkplug;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Asks an edge node for its births again: {@code Node Control/Rebirth} = true (Sparkplug 3.0, 5.10). This is the one
 * command Penstock can send; its bytes have no place for another.
 */
record RebirthRequest(String group, String node) {
    private static final String METRIC = "Node Control/Rebirth";

    String topic() {
        return SparkplugTopic.ROOT + "/" + group + "/NCMD/" + node;
    }

    byte[] payload(long nowMillis) {
        try {
            byte[] metric = message(out -> {
                out.writeString(1, METRIC);
                out.writeUInt64(3, nowMillis);
                out.writeUInt32(4, Metric.BOOLEAN);
                out.writeBool(Metric.BOOLEAN_VALUE, true);
            });
            return message(out -> {
                out.writeUInt64(1, nowMillis);
                out.writeByteArray(2, metric);
            });
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
    }

    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.writeTo(out);
        out.flush();
        return bytes.toByteArray();
    }
}
