package io.penstock.sensors.sparkplug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.sparkplug.SparkplugSettings.Mapping;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.eclipse.tahu.message.SparkplugBPayloadDecoder;
import org.eclipse.tahu.message.SparkplugBPayloadEncoder;
import org.eclipse.tahu.message.model.MetaData;
import org.eclipse.tahu.message.model.Metric.MetricBuilder;
import org.eclipse.tahu.message.model.MetricDataType;
import org.eclipse.tahu.message.model.PropertyDataType;
import org.eclipse.tahu.message.model.PropertySet;
import org.eclipse.tahu.message.model.PropertyValue;
import org.eclipse.tahu.message.model.SparkplugBPayload;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Payloads are written by Eclipse Tahu, the specification's own implementation. */
class EdgeNodesTest {
    static final long MILLIS = 1_790_000_000_000L;
    private static final long RECEIVED = (MILLIS + 50) * 1000;
    private static final String UNIT_1 = "spBv1.0/plant/%s/gw-1/unit-1";
    private static final String GW_1 = "spBv1.0/plant/%s/gw-1";

    private final EdgeNodes nodes = new EdgeNodes(settings("tcp://127.0.0.1:1883", true));
    private long nanos = 1;

    static SparkplugSettings settings(String uri, boolean rebirth) {
        return new SparkplugSettings(
                "sparkplug",
                MqttConnectionSettings.of(uri, "penstock-sparkplug"),
                List.of("plant/+"),
                List.of(
                        new Mapping(new TopicTemplate("plant/gw-1//Supply", "gw-1", "supply"), null),
                        new Mapping(TopicTemplate.forChannel("plant/+/{asset}/Bearing.Temp", "temp"), "Cel"),
                        new Mapping(TopicTemplate.of("plant/+/{asset}/{channel}"), null)),
                rebirth);
    }

    static byte[] payload(long seq, org.eclipse.tahu.message.model.Metric... metrics) throws Exception {
        SparkplugBPayload payload =
                new SparkplugBPayload(new Date(MILLIS), List.of(metrics), seq < 0 ? null : (Long) seq, null, null);
        return new SparkplugBPayloadEncoder().getBytes(payload, false);
    }

    static MetricBuilder metric(String name, long alias, MetricDataType type, @Nullable Object value) {
        return new MetricBuilder(name, type, value).alias(alias).timestamp(new Date(MILLIS));
    }

    static org.eclipse.tahu.message.model.Metric bdSeq(long number) throws Exception {
        return new MetricBuilder("bdSeq", MetricDataType.Int64, number).createMetric();
    }

    private Taken take(String topic, String type, byte[] bytes) {
        return nodes.take(topic.formatted(type), bytes, RECEIVED, nanos);
    }

    private void bear() throws Exception {
        take(
                GW_1,
                "NBIRTH",
                payload(
                        0,
                        bdSeq(7),
                        metric("Supply", 1, MetricDataType.Double, 24.0).createMetric()));
        take(
                UNIT_1,
                "DBIRTH",
                payload(1, metric("flow", 2, MetricDataType.Float, 1.5f).createMetric()));
    }

    private static List<Double> values(Taken taken) {
        return taken.readings.stream().map(r -> ((Reading.Scalar) r).value()).toList();
    }

    @Test
    void birthsAndDataByAliasAreReadWithTheirTimes() throws Exception {
        Taken birth = take(
                GW_1,
                "NBIRTH",
                payload(
                        0,
                        bdSeq(7),
                        metric("Supply", 1, MetricDataType.Double, 24.0).createMetric()));
        assertThat(birth.readings)
                .containsExactly(new Reading.Scalar(
                        new ChannelId("gw-1", "supply"), MILLIS * 1000, RECEIVED, Quality.GOOD, 24.0));
        take(
                UNIT_1,
                "DBIRTH",
                payload(1, metric("flow", 2, MetricDataType.Float, 1.5f).createMetric()));
        Taken data = take(
                UNIT_1,
                "DDATA",
                payload(
                        2,
                        new MetricBuilder(2L, MetricDataType.Float, 2.5f)
                                .timestamp(new Date(MILLIS + 9))
                                .createMetric()));
        assertThat(data.readings)
                .containsExactly(new Reading.Scalar(
                        new ChannelId("unit-1", "flow"), (MILLIS + 9) * 1000, RECEIVED, Quality.GOOD, 2.5));
        assertThat(data.rejects).isEmpty();
        assertThat(data.rebirths).isEmpty();
    }

    @Test
    void everyNumberTypeHasItsValue() throws Exception {
        Object[][] cases = {
            {MetricDataType.Int8, (byte) -5, -5.0},
            {MetricDataType.Int16, (short) -300, -300.0},
            {MetricDataType.Int32, -70_000, -70_000.0},
            {MetricDataType.Int64, -5_000_000_000L, -5e9},
            {MetricDataType.UInt8, (short) 250, 250.0},
            {MetricDataType.UInt16, 65_000, 65_000.0},
            {MetricDataType.UInt32, 4_000_000_000L, 4e9},
            {MetricDataType.UInt64, new java.math.BigInteger("18446744073709551615"), 1.8446744073709552E19},
            {MetricDataType.Float, 1.5f, 1.5},
            {MetricDataType.Double, -2.25, -2.25},
            {MetricDataType.Boolean, true, 1.0}
        };
        bear();
        int seq = 2;
        for (Object[] c : cases) {
            Taken taken = take(
                    UNIT_1,
                    "DBIRTH",
                    payload(seq++, metric("x", 3, (MetricDataType) c[0], c[1]).createMetric()));
            assertThat(values(taken)).as(String.valueOf(c[0])).containsExactly((Double) c[2]);
        }
        Taken text = take(
                UNIT_1,
                "DBIRTH",
                payload(seq, metric("x", 3, MetricDataType.String, "warm").createMetric()));
        assertThat(text.readings).isEmpty();
        assertThat(text.rejects)
                .singleElement()
                .satisfies(r -> assertThat(r.reason()).contains("datatype 12"));
    }

    @Test
    void nullHistoricalQualityAndUnitCount() throws Exception {
        bear();
        Taken none = take(
                UNIT_1,
                "DBIRTH",
                payload(2, metric("x", 3, MetricDataType.Double, null).createMetric()));
        assertThat(none.readings).singleElement().satisfies(r -> {
            assertThat(r.quality()).isEqualTo(Quality.BAD);
            assertThat(((Reading.Scalar) r).value()).isNaN();
        });
        Taken old = take(
                UNIT_1,
                "DDATA",
                payload(
                        3,
                        metric("x", 3, MetricDataType.Double, 4.0)
                                .isHistorical(true)
                                .timestamp(new Date(MILLIS - 60_000))
                                .createMetric()));
        assertThat(old.readings)
                .singleElement()
                .satisfies(r -> assertThat(r.sourceMicros()).isEqualTo((MILLIS - 60_000) * 1000));
        Object[][] codes = {{192, Quality.GOOD}, {500, Quality.UNCERTAIN}, {0, Quality.BAD}};
        int seq = 4;
        for (Object[] code : codes) {
            PropertySet set = new PropertySet.PropertySetBuilder()
                    .addProperty("Quality", new PropertyValue(PropertyDataType.Int32, code[0]))
                    .createPropertySet();
            Taken taken = take(
                    UNIT_1,
                    "DDATA",
                    payload(
                            seq++,
                            metric("x", 3, MetricDataType.Double, 1.0)
                                    .properties(set)
                                    .createMetric()));
            assertThat(taken.readings)
                    .singleElement()
                    .satisfies(r -> assertThat(r.quality()).isEqualTo(code[1]));
        }
        PropertySet fahrenheit = new PropertySet.PropertySetBuilder()
                .addProperty("engUnit", new PropertyValue(PropertyDataType.String, "degF"))
                .createPropertySet();
        Taken wrong = take(
                UNIT_1,
                "DBIRTH",
                payload(
                        seq,
                        metric("Bearing/Temp", 4, MetricDataType.Double, 61.0)
                                .properties(fahrenheit)
                                .metaData(new MetaData())
                                .createMetric()));
        assertThat(wrong.readings).isEmpty();
        assertThat(wrong.rejects)
                .singleElement()
                .satisfies(r -> assertThat(r.reason()).isEqualTo("unit is 'degF', expected Cel"));
    }

    private byte[] flow(long seq, float value) throws Exception {
        return payload(seq, new MetricBuilder(2L, MetricDataType.Float, value).createMetric());
    }

    @Test
    void sequenceWrapsAfter255AndAMessageOutOfTurnWaitsForTheOneBefore() throws Exception {
        bear();
        for (int seq = 2; seq < 256; seq++) {
            assertThat(values(take(UNIT_1, "DDATA", flow(seq, seq)))).containsExactly((double) seq);
        }
        assertThat(values(take(UNIT_1, "DDATA", flow(1, 1)))).isEmpty();
        Taken both = take(UNIT_1, "DDATA", flow(0, 256));
        assertThat(values(both)).containsExactly(256.0, 1.0);
        assertThat(both.rebirths).isEmpty();
        Taken again = take(UNIT_1, "DDATA", flow(0, 256));
        assertThat(again.readings).isEmpty();
        assertThat(again.rejects).hasSize(1);
    }

    @Test
    void gapIsNoticedAfterItsPatienceAndAsksForBirthsOnceInAWhile() throws Exception {
        bear();
        assertThat(values(take(UNIT_1, "DDATA", flow(4, 4)))).isEmpty();
        nanos += EdgeNode.PATIENCE_NANOS + 1;
        Taken late = nodes.tick(nanos);
        assertThat(values(late)).containsExactly(4.0);
        assertThat(late.rebirths).containsExactly(new RebirthRequest("plant", "gw-1"));
        int asked = 0;
        // a gap each second for an hour
        for (int i = 0; i < 3600; i++) {
            nanos += TimeUnit.SECONDS.toNanos(1);
            asked += take(UNIT_1, "DDATA", flow((5 + 40L * (i + 1)) & 0xFF, i))
                    .rebirths
                    .size();
        }
        assertThat(asked).as("requests in an hour").isBetween(10, 20);
    }

    @Test
    void dataBeforeItsBirthAsksForIt() throws Exception {
        Taken taken = take(UNIT_1, "DDATA", flow(9, 1));
        assertThat(taken.readings).isEmpty();
        assertThat(taken.rejects)
                .singleElement()
                .satisfies(r -> assertThat(r.reason()).contains("birth was not seen"));
        assertThat(taken.rebirths).hasSize(1);
        EdgeNodes mute = new EdgeNodes(settings("tcp://127.0.0.1:1883", false));
        assertThat(mute.take(UNIT_1.formatted("DDATA"), flow(9, 1), RECEIVED, 1).rebirths)
                .isEmpty();
    }

    @Test
    void deathsMakeChannelsStaleAndADeathOfAnEarlierBirthDoesNot() throws Exception {
        bear();
        Taken device = take(UNIT_1, "DDEATH", payload(2));
        assertThat(device.readings)
                .singleElement()
                .isEqualTo(new Reading.Scalar(
                        new ChannelId("unit-1", "flow"), RECEIVED, RECEIVED, Quality.BAD, Double.NaN));
        take(
                UNIT_1,
                "DBIRTH",
                payload(3, metric("flow", 2, MetricDataType.Float, 1.5f).createMetric()));
        Taken old = take(GW_1, "NDEATH", payload(-1, bdSeq(6)));
        assertThat(old.readings).isEmpty();
        Taken node = take(GW_1, "NDEATH", payload(-1, bdSeq(7)));
        assertThat(node.readings)
                .extracting(Reading::channel)
                .containsExactlyInAnyOrder(new ChannelId("gw-1", "supply"), new ChannelId("unit-1", "flow"));
        assertThat(node.readings).extracting(Reading::quality).containsOnly(Quality.BAD);
        assertThat(take(UNIT_1, "DDATA", flow(4, 1)).readings).isEmpty();
    }

    @Test
    void onlyCommandIsTheRebirthRequest() throws Exception {
        RebirthRequest request = new RebirthRequest("plant", "gw-1");
        SparkplugBPayload read = new SparkplugBPayloadDecoder().buildFromByteArray(request.payload(MILLIS), null);
        assertThat(request.topic()).isEqualTo("spBv1.0/plant/NCMD/gw-1");
        assertThat(read.getTimestamp()).isEqualTo(new Date(MILLIS));
        assertThat(read.getMetrics()).singleElement().satisfies(m -> {
            assertThat(m.getName()).isEqualTo("Node Control/Rebirth");
            assertThat(m.getDataType()).isEqualTo(MetricDataType.Boolean);
            assertThat(m.getValue()).isEqualTo(true);
        });
        // whatever comes in, what goes out is this
        assertThat(RebirthRequest.class.getRecordComponents())
                .extracting(java.lang.reflect.RecordComponent::getName)
                .containsExactly("group", "node");
    }

    @Test
    void hundredThousandMutatedPayloadsNeitherThrowNorGrow() throws Exception {
        List<byte[]> seeds = new ArrayList<>();
        PropertySet set = new PropertySet.PropertySetBuilder()
                .addProperty("Quality", new PropertyValue(PropertyDataType.Int32, 192))
                .addProperty("engUnit", new PropertyValue(PropertyDataType.String, "Cel"))
                .createPropertySet();
        seeds.add(payload(
                0,
                bdSeq(7),
                metric("Supply", 1, MetricDataType.Double, 24.0).properties(set).createMetric()));
        seeds.add(payload(1, metric("flow", 2, MetricDataType.Float, 1.5f).createMetric()));
        seeds.add(flow(2, 2.5f));
        seeds.add(payload(3, metric("note", 5, MetricDataType.String, "warm").createMetric()));
        String[] topics = {"NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH"};
        Random random = new Random(20_260_101);
        int read = 0;
        int rejected = 0;
        for (int i = 0; i < 100_000; i++) {
            if (i % 10 == 0) {
                // most mutants end or confuse the node's life
                bear();
            }
            byte[] bytes = mutated(seeds.get(random.nextInt(seeds.size())), random);
            String type = topics[random.nextInt(topics.length)];
            String topic = (type.startsWith("D") ? UNIT_1 : GW_1).formatted(type);
            nanos += TimeUnit.MILLISECONDS.toNanos(20);
            Taken[] taken = new Taken[1];
            assertThatCode(() -> taken[0] = nodes.take(topic, bytes, RECEIVED, nanos))
                    .as("payload %d of the seed", i)
                    .doesNotThrowAnyException();
            assertThat(taken[0].readings.size()).isLessThan(100);
            assertThat(taken[0].rejects).allSatisfy(r -> assertThat(r.reason()).isNotBlank());
            read += taken[0].readings.size();
            rejected += taken[0].rejects.size();
        }
        assertThat(read).isGreaterThan(1_000);
        assertThat(rejected).isGreaterThan(10_000);
    }

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        switch (random.nextInt(4)) {
            case 0 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 1 -> bytes = java.util.Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
            case 2 -> random.nextBytes(bytes);
            default -> {}
        }
        for (int i = random.nextInt(6); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    @Test
    void announcedSizesAreNotBelieved() {
        // a metric of 2 GiB, a name of 2 GiB, groups within groups
        byte[][] hostile = {
            {0x12, -1, -1, -1, -1, 7},
            {0x12, 8, 0x0A, -1, -1, -1, -1, 7, 0, 0},
            new byte[100_000],
        };
        java.util.Arrays.fill(hostile[2], (byte) 0x4B);
        for (byte[] bytes : hostile) {
            assertThat(SparkplugPayload.decode(bytes)).isInstanceOf(SparkplugPayload.Outcome.Rejected.class);
        }
    }
}
