package io.penstock.sensors.mqtt.payload;

import static io.penstock.sensors.mqtt.payload.Decoding.ASSET;
import static io.penstock.sensors.mqtt.payload.Decoding.RECEIVED;
import static io.penstock.sensors.mqtt.payload.Decoding.TOPIC;
import static io.penstock.sensors.mqtt.payload.Decoding.assertRejected;
import static io.penstock.sensors.mqtt.payload.Decoding.decode;
import static io.penstock.sensors.mqtt.payload.Decoding.readings;
import static io.penstock.sensors.mqtt.payload.Decoding.scalar;
import static io.penstock.sensors.mqtt.payload.Decoding.waveform;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.airlift.compress.zstd.ZstdCompressor;
import io.penstock.sensors.mqtt.payload.Binary.Header;
import io.penstock.sensors.mqtt.payload.Binary.SampleType;
import io.penstock.sensors.mqtt.payload.Compressed.Compression;
import io.penstock.sensors.mqtt.payload.MessageProperties.Property;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Formats of more than one number a message. */
class FormatsTest {
    private static final TimeFormat MILLIS = TimeFormat.MILLISECONDS;

    @Test
    void oneJsonMessageCarriesManyChannels() {
        JsonTable format = new JsonTable(
                null, Map.of("temp", "/data/0/temp", "flow", "/data/1/flow", "head", "/absent"), "/ts", MILLIS, null);
        assertThat(format.namesChannels()).isTrue();
        assertThat(readings(
                        format,
                        ASSET,
                        "{\"data\":[{\"temp\":61.5},{\"flow\":2,\"x\":[9]}],\"ts\":1790000000123,\"n\":{}}"))
                .containsExactlyInAnyOrder(
                        scalar("temp", 1_790_000_000_123_000L, 61.5), scalar("flow", 1_790_000_000_123_000L, 2));
        assertRejected(format, ASSET, "{\"ts\":1790000000123,\"data\":[]}", RejectReason.MISSING);
        assertRejected(format, ASSET, "{\"data\":[{\"temp\":61.5}]}", RejectReason.TIME);
    }

    @Test
    void jsonArrayOfSamplesIsOneReadingAnElement() {
        JsonTable format = new JsonTable("/samples", Map.of(JsonTable.TOPIC_CHANNEL, "/value"), "/ts", MILLIS, "/q");
        assertThat(format.namesChannels()).isFalse();
        assertThat(
                        readings(
                                format,
                                TOPIC,
                                "{\"samples\":[{\"ts\":1790000000000,\"value\":1},{\"value\":2,\"ts\":1790000000500}],\"id\":7}"))
                .containsExactly(scalar("flow", RECEIVED, 1), scalar("flow", RECEIVED + 500_000, 2));
        assertRejected(
                format, TOPIC, "{\"samples\":[{\"ts\":1790000000000,\"value\":1},{\"value\":2}]}", RejectReason.TIME);
        assertRejected(format, TOPIC, "{\"samples\":7}", RejectReason.SYNTAX);
        assertRejected(format, TOPIC, "{\"samples\":[]}", RejectReason.MISSING);
        JsonTable pairs = new JsonTable("", Map.of(JsonTable.TOPIC_CHANNEL, "/1"), "/0", MILLIS, null);
        assertThat(readings(pairs, TOPIC, "[[1790000000000,5],[1790000000500,6]]"))
                .containsExactly(scalar("flow", RECEIVED, 5), scalar("flow", RECEIVED + 500_000, 6));
    }

    @Test
    void messageOfMoreReadingsThanACommitTakesIsRefused() {
        JsonTable format = new JsonTable("", Map.of(JsonTable.TOPIC_CHANNEL, "/1"), "/0", MILLIS, null);
        String row = "[1790000000000,5],";
        assertRejected(format, TOPIC, "[" + row.repeat(10_000) + "[1790000000000,5]]", RejectReason.SIZE);
        Csv csv = new Csv(List.of("time", "value"), ',', MILLIS);
        assertRejected(csv, TOPIC, "1790000000000,5\n".repeat(10_001), RejectReason.SIZE);
    }

    @Test
    void jsonArrayOfNumbersIsAWaveform() {
        JsonWaveform format = new JsonWaveform("/wave", 1_000, "/ts", MILLIS, null, null);
        Reading.Waveform reading =
                (Reading.Waveform) readings(format, TOPIC, "{\"wave\":[1,-2.5,3e2],\"ts\":1790000000123}")
                        .getFirst();
        assertThat(reading.samples()).containsExactly(1, -2.5f, 300);
        assertThat(reading.sourceMicros()).isEqualTo(1_790_000_000_123_000L);
        JsonWaveform bare = new JsonWaveform("", 1_000, null, MILLIS, null, null);
        assertThat(readings(bare, TOPIC, "[1,2]").getFirst().sourceMicros()).isEqualTo(RECEIVED - 2_000);
        assertRejected(bare, TOPIC, "[1,null]", RejectReason.VALUE).contains("sample 1 of 2");
        assertRejected(bare, TOPIC, "[1,[2]]", RejectReason.VALUE);
        assertRejected(bare, TOPIC, "[]", RejectReason.MISSING);
        assertRejected(bare, TOPIC, "{}", RejectReason.SYNTAX);
    }

    @Test
    void pointersThatHoldEachOtherAreRefused() {
        assertThatThrownBy(() -> new JsonTable(null, Map.of("a", "/x", "b", "/x/y"), null, MILLIS, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new JsonTable("/data", Map.of("a", "/x"), null, MILLIS, null))
                .hasMessageContaining("time pointer");
    }

    @Test
    void csvLinesAreReadByTheirColumns() {
        Csv format = new Csv(List.of("time", "temp", "-", "value"), ';', TimeFormat.SECONDS);
        assertThat(readings(format, TOPIC, "# a remark\r\n1790000000;61.5;ignored;2\r\n\r\n1790000000.5;;x;-3e1\n"))
                .containsExactly(
                        scalar("temp", RECEIVED, 61.5),
                        scalar("flow", RECEIVED, 2),
                        scalar("flow", RECEIVED + 500_000, -30));
        Csv one = new Csv(List.of("a", "b"), ',', TimeFormat.SECONDS);
        assertThat(readings(one, ASSET, "1,2")).containsExactly(scalar("a", RECEIVED, 1), scalar("b", RECEIVED, 2));
        Csv last = new Csv(List.of("a", "time"), ' ', TimeFormat.RFC3339);
        assertThat(readings(last, ASSET, "1 2026-09-21T14:13:20Z")).containsExactly(scalar("a", RECEIVED, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "'1790000000,hot', VALUE",
        "'1790000000', SYNTAX",
        "'1790000000,1,2', SYNTAX",
        "'now,1', TIME",
        "'1790000000,', MISSING",
        "'', MISSING",
        "'1790000000,1\n1790000001,x', VALUE"
    })
    void csvThatCannotBeUsedHasItsReason(String payload, RejectReason reason) {
        assertRejected(new Csv(List.of("time", "value"), ',', TimeFormat.SECONDS), TOPIC, payload, reason);
    }

    @Test
    void csvLinesWithoutTimesCannotBeToldApart() {
        Csv format = new Csv(List.of("value"), ',', TimeFormat.SECONDS);
        assertRejected(format, TOPIC, "1\n2\n", RejectReason.TIME);
        assertThatThrownBy(() -> new Csv(List.of("time"), ',', MILLIS)).hasMessageContaining("columns");
        assertThatThrownBy(() -> new Csv(List.of("a", "a"), ',', MILLIS)).hasMessageContaining("twice");
        assertThatThrownBy(() -> new Csv(List.of("a"), '.', MILLIS)).hasMessageContaining("separator");
    }

    @ParameterizedTest
    @EnumSource
    void waveformOfEverySampleTypeAndOrderComesBackAsItWas(SampleType type) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            ByteBuffer buffer = ByteBuffer.allocate(1_000)
                    .order(order)
                    .putLong(1_790_000_000_123L)
                    .putLong(1);
            float[] samples = {0, 1, -7, 1000, -32768};
            for (float sample : samples) {
                switch (type) {
                    case FLOAT32 -> buffer.putFloat(sample);
                    case FLOAT64 -> buffer.putDouble(sample);
                    case INT16 -> buffer.putShort((short) sample);
                    case INT32 -> buffer.putInt((int) sample);
                }
            }
            Binary format = new Binary(Header.TIME_AND_SEQUENCE, type, order, 1, 1_000, null);
            byte[] payload = Arrays.copyOf(buffer.array(), buffer.position());
            assertThat(waveform(decode(format, TOPIC, payload)).samples()).containsExactly(samples);
        }
    }

    @Test
    void userPropertiesDescribeTheWaveform() {
        WaveformProperties names = new WaveformProperties("t", TimeFormat.RFC3339, "fs", "uom", "type");
        Binary format = new Binary(Header.NONE, SampleType.FLOAT32, ByteOrder.BIG_ENDIAN, 0.5, 0, names);
        Origin origin = new Origin(
                "unit-1", Decoding.CHANNEL, new ChannelUnits(Map.of(Decoding.CHANNEL, "m/s2"), null, null, Map.of()));
        byte[] payload = {0, 2, 0, 4};
        MessageProperties all = new MessageProperties(
                "",
                List.of(
                        new Property("t", "2026-09-21T14:13:20Z"),
                        new Property("fs", "25600"),
                        new Property("uom", "[g]"),
                        new Property("type", "int16")));
        Reading.Waveform reading = waveform(format.decode(origin, payload, all, RECEIVED + 5));
        assertThat(reading.samples()).containsExactly(9.80665f, 19.6133f);
        assertThat(reading.rateHz()).isEqualTo(25_600);
        assertThat(reading.sourceMicros()).isEqualTo(RECEIVED);
        assertRejected(format.decode(origin, payload, without(all, "t"), RECEIVED), RejectReason.TIME);
        assertRejected(format.decode(origin, payload, without(all, "fs"), RECEIVED), RejectReason.MISSING);
        assertRejected(format.decode(origin, payload, with(all, "fs", "-1"), RECEIVED), RejectReason.VALUE);
        assertRejected(format.decode(origin, payload, with(all, "fs", "1e300"), RECEIVED), RejectReason.VALUE);
        assertRejected(format.decode(origin, payload, with(all, "uom", "K"), RECEIVED), RejectReason.UNIT);
        assertRejected(format.decode(origin, payload, with(all, "type", "int24"), RECEIVED), RejectReason.SYNTAX);
        assertRejected(format.decode(origin, payload, MessageProperties.NONE, RECEIVED), RejectReason.MISSING);
    }

    private static MessageProperties without(MessageProperties all, String name) {
        return new MessageProperties(
                "", all.user().stream().filter(p -> !p.name().equals(name)).toList());
    }

    private static MessageProperties with(MessageProperties all, String name, String value) {
        return new MessageProperties(
                "",
                all.user().stream()
                        .map(p -> p.name().equals(name) ? new Property(name, value) : p)
                        .toList());
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    static byte[] zstd(byte[] content) {
        ZstdCompressor compressor = new ZstdCompressor();
        byte[] out = new byte[compressor.maxCompressedLength(content.length)];
        return Arrays.copyOf(out, compressor.compress(content, 0, content.length, out, 0, out.length));
    }

    @Test
    void compressedContentIsFoundByItsFirstBytesOrByItsName() {
        byte[] json = "{\"value\":42.5}".getBytes(StandardCharsets.UTF_8);
        PayloadFormat inner = new Json("/value", null, MILLIS, null, null);
        Compressed format = new Compressed(inner, Compression.AUTO, 1_000);
        for (byte[] payload : List.of(json, gzip(json), zstd(json))) {
            assertThat(readings(decode(format, TOPIC, payload))).containsExactly(scalar("flow", RECEIVED, 42.5));
        }
        byte[] samples = ByteBuffer.allocate(8).putFloat(1).putFloat(2).array();
        Compressed binary = new Compressed(
                new Binary(Header.NONE, SampleType.FLOAT32, ByteOrder.BIG_ENDIAN, 1, 1_000, null),
                Compression.AUTO,
                1_000);
        for (MessageProperties named : List.of(
                new MessageProperties("", List.of(new Property("content_encoding", "gzip"))),
                new MessageProperties("application/gzip", List.of()))) {
            assertThat(waveform(binary.decode(TOPIC, gzip(samples), named, RECEIVED))
                            .samples())
                    .containsExactly(1, 2);
        }
        // samples may begin like gzip
        byte[] alike = {0x1F, (byte) 0x8B, 0, 0};
        assertThat(waveform(decode(binary, TOPIC, alike)).samples()).hasSize(1);
        MessageProperties brotli = new MessageProperties("", List.of(new Property("content_encoding", "br")));
        assertRejected(format.decode(TOPIC, json, brotli, RECEIVED), RejectReason.COMPRESSION)
                .contains("'br'");
    }

    @Test
    void decompressionBombIsRefusedAtTheBound() {
        byte[] zeros = new byte[64 << 20];
        for (byte[] bomb : List.of(gzip(zeros), zstd(zeros))) {
            Compressed format = new Compressed(new Plain(), Compression.AUTO, 1 << 20);
            long before = PayloadFuzz.allocatedBytes();
            PayloadOutcome outcome = decode(format, TOPIC, bomb);
            assertThat(PayloadFuzz.allocatedBytes() - before).isLessThan(16L << 20);
            assertRejected(outcome, RejectReason.SIZE).contains("expected at most");
        }
    }

    @Test
    void brokenCompressedContentIsRejected() {
        byte[] json = "{\"value\":42.5}".getBytes(StandardCharsets.UTF_8);
        for (Compression compression : List.of(Compression.GZIP, Compression.ZSTD)) {
            Compressed format = new Compressed(new Plain(), compression, 1_000);
            byte[] whole = compression == Compression.GZIP ? gzip(json) : zstd(json);
            assertRejected(decode(format, TOPIC, Arrays.copyOf(whole, whole.length - 9)), RejectReason.COMPRESSION);
            assertRejected(decode(format, TOPIC, json), RejectReason.COMPRESSION);
        }
    }
}
