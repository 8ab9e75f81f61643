package io.penstock.sensors.opcua;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.util.List;
import java.util.Random;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.stack.core.encoding.EncodingContext;
import org.eclipse.milo.opcua.stack.core.types.builtin.ByteString;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.ExpandedNodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.ExtensionObject;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.Variant;
import org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.UInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever a server sends is a reading, or a reason why there is none. */
class NodeValueTest {
    private static final long NOW = 1_790_000_000_000_000L;
    private static final List<Content> CONTENTS =
            List.of(Content.NUMBER, new Content.Samples(100), new Content.Structure("samples", "rate", "time", null));

    private static WatchedNode node(Content content) {
        return new WatchedNode(
                "ns=2;s=x", new ChannelTrack(new ChannelId("a", "c")), OpcUaSourceSettings.Sampling.DEFAULT, content);
    }

    private static Variant variant(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> Variant.NULL_VALUE;
            case 1 -> new Variant(Double.longBitsToDouble(random.nextLong()));
            case 2 -> new Variant(Float.intBitsToFloat(random.nextInt()));
            case 3 -> new Variant(random.nextInt());
            case 4 -> new Variant(UInteger.valueOf(random.nextInt() & 0xFFFFFFFFL));
            case 5 -> new Variant(random.nextBoolean());
            case 6 -> new Variant("1.5\u202e\u0000");
            case 7 -> new Variant(LocalizedText.english("x"));
            case 8 -> new Variant(new Float[] {Float.intBitsToFloat(random.nextInt()), 1f});
            case 9 -> new Variant(new Double[random.nextInt(3)]);
            case 10 -> new Variant(new String[] {"1", "2"});
            default -> new Variant(new Integer[] {random.nextInt(), 2, 3});
        };
    }

    private static @Nullable DateTime time(Random random) {
        return random.nextInt(4) == 0 ? null : new DateTime(random.nextLong());
    }

    private static void assertSound(NodeValue value) {
        switch (value) {
            case NodeValue.Unusable(String reason) -> assertThat(reason).isNotBlank();
            case NodeValue.Usable(Reading reading) -> {
                assertThat(PlantText.isPlausibleTime(reading.sourceMicros())).isTrue();
                if (reading instanceof Reading.Scalar scalar) {
                    assertThat(Double.isFinite(scalar.value())).isEqualTo(scalar.quality() != Quality.BAD);
                }
                if (reading instanceof Reading.Waveform wave) {
                    for (float sample : wave.samples()) {
                        assertThat(Float.isFinite(sample)).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void hundredThousandRandomValuesAreReadingsOrReasons() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            DataValue value =
                    new DataValue(variant(random), new StatusCode(random.nextInt()), time(random), time(random));
            assertSound(NodeValue.of(node(CONTENTS.get(i % CONTENTS.size())), value, NOW, null));
        }
    }

    @Test
    void structuresOfRandomBytesAreReadingsOrReasons() throws Exception {
        try (PlantServer server = new PlantServer()) {
            server.structure("unit-1/vibration");
            server.start();
            OpcUaClient client = OpcUaClients.connect("test", OpcUaAccess.of(server.uri()));
            try {
                EncodingContext types = client.getDynamicEncodingContext();
                NodeId encoding = ExpandedNodeId.parse("nsu=" + PlantServer.NAMESPACE_URI + ";s=WaveformType.Binary")
                        .toNodeIdOrThrow(client.readNamespaceTable());
                WatchedNode node = node(CONTENTS.getLast());
                Random random = new Random(6);
                int reasons = 0;
                for (int i = 0; i < 100_000; i++) {
                    byte[] body = new byte[random.nextInt(64)];
                    random.nextBytes(body);
                    if (i % 2 == 0 && body.length > 20) {
                        // past time and rate: a length that is near what is there
                        body[16] = (byte) (body.length / 4 - random.nextInt(8));
                        body[17] = body[18] = body[19] = 0;
                    }
                    NodeValue value = NodeValue.of(
                            node,
                            new DataValue(
                                    new Variant(ExtensionObject.of(ByteString.of(body), encoding)), StatusCode.GOOD),
                            NOW,
                            types);
                    assertSound(value);
                    reasons += value instanceof NodeValue.Unusable ? 1 : 0;
                }
                assertThat(reasons).isBetween(50_000, 99_999);
            } finally {
                OpcUaClients.disconnect(client, 3_000);
            }
        }
    }
}
