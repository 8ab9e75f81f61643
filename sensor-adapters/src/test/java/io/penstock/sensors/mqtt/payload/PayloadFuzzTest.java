package io.penstock.sensors.mqtt.payload;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import io.penstock.sensors.mqtt.payload.Binary.Header;
import io.penstock.sensors.mqtt.payload.Binary.SampleType;
import io.penstock.sensors.mqtt.payload.Compressed.Compression;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PayloadFuzzTest {
    private static final int INPUTS = Integer.getInteger("penstock.fuzz.inputs", 100_000);
    private static final long MEAN_BOUND = 64 << 10;
    // a zstd decoder has tables and room for a block
    private static final long MEAN_BOUND_COMPRESSED = 256 << 10;
    // a unit that was never seen is looked up in UCUM's table, which takes some MB, for at most 1,000 units
    private static final long LARGEST_BOUND = 16 << 20;

    private static final ChannelUnits UNITS =
            new ChannelUnits(Map.of(Decoding.CHANNEL, "bar"), null, "kPa", Map.of("temp", "[degF]"));

    private static List<byte[]> texts() {
        return Stream.of(
                        "-61.5e3",
                        "{\"ts\":1790000000123,\"value\":42.5,\"seq\":7}",
                        "{\"ts\":\"2026-09-21T14:13:20.5Z\",\"value\":1e3,\"q\":192,\"unit\":\"Pa\"}",
                        "{\"d\":[{\"value\":1,\"ts\":1790000000123}],\"q\":\"good\",\"ts\":1790000000123}",
                        "{\"d\":[1,2.5,-3e2,4],\"ts\":1790000000123,\"unit\":\"bar\"}",
                        "1790000000123,61.5,2\n1790000000124,,3\r\n",
                        "[{\"n\":\"flow\",\"u\":\"Pa\",\"v\":1},{\"n\":\"flow\",\"t\":-5,\"v\":-2.5e3}]",
                        "[{\"bn\":\"a/\",\"bt\":1.79e9,\"bu\":\"Pa\",\"n\":\"flow\",\"v\":1},{\"n\":\"on\",\"u\":\"1\",\"vb\":true},"
                                + "{\"n\":\"flow\",\"t\":-5,\"v\":1.5}]")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static byte[] samples() {
        ByteBuffer waveform = ByteBuffer.allocate(16 + 4 * 8).order(ByteOrder.LITTLE_ENDIAN);
        waveform.putLong(1_790_000_000_123L).putLong(7);
        while (waveform.hasRemaining()) {
            waveform.putFloat(1.5f);
        }
        return waveform.array();
    }

    private static byte[] cborPack() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeStartArray(2);
            out.writeStartObject(4);
            out.writeFieldId(-2);
            out.writeString("a/");
            out.writeFieldId(-3);
            out.writeNumber(1.79e9);
            out.writeFieldId(0);
            out.writeString("temp");
            out.writeFieldId(2);
            out.writeNumber(61.5);
            out.writeEndObject();
            out.writeStartObject(3);
            out.writeFieldId(0);
            out.writeString("on");
            out.writeFieldId(6);
            out.writeNumber(-5);
            out.writeFieldId(4);
            out.writeBoolean(true);
            out.writeEndObject();
            out.writeEndArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private record Subject(PayloadFormat format, boolean topicNamesChannel) {
        Origin origin() {
            return new Origin("unit-1", topicNamesChannel ? Decoding.CHANNEL : null, UNITS);
        }
    }

    private static Named<Subject> subject(String name, PayloadFormat format) {
        return Named.of(name, new Subject(format, !format.namesChannels()));
    }

    private static Stream<Named<Subject>> formats() {
        Json json = Json.valueAndTime(TimeFormat.MILLISECONDS);
        SenMl senMl = new SenMl(SenMl.Encoding.JSON, SenMl.Names.LAST_PART);
        Binary described = new Binary(
                Header.NONE,
                SampleType.INT32,
                ByteOrder.BIG_ENDIAN,
                2,
                1_000,
                new WaveformProperties("time", TimeFormat.MILLISECONDS, "rate_hz", "unit", "samples"));
        return Stream.of(
                subject("plain", new Plain()),
                subject("json", json),
                subject("json with all pointers", new Json("/value", "/ts", TimeFormat.RFC3339, "/q", "/unit")),
                subject("json, nested", new Json("/d/0/value", "/d/0/ts", TimeFormat.MILLISECONDS, "/q", null)),
                subject(
                        "json, many channels",
                        new JsonTable(
                                null,
                                Map.of("temp", "/value", "on", "/d/0/value"),
                                "/ts",
                                TimeFormat.MILLISECONDS,
                                "/q")),
                subject(
                        "json, samples",
                        new JsonTable(
                                "/d", Map.of(JsonTable.TOPIC_CHANNEL, "/value"), "/ts", TimeFormat.MILLISECONDS, null)),
                subject("json, waveform", new JsonWaveform("/d", 1_000, "/ts", TimeFormat.MILLISECONDS, "/q", "/unit")),
                subject("csv", new Csv(List.of("time", "temp", "value"), ',', TimeFormat.MILLISECONDS)),
                subject("senml", senMl),
                Named.of("senml, channel from the topic", new Subject(senMl, true)),
                subject("senml cbor", new SenMl(SenMl.Encoding.CBOR, SenMl.Names.LAST_PART)),
                subject("binary", new Binary(Header.TIME_AND_SEQUENCE, SampleType.FLOAT32, 1, 12_800)),
                subject("binary, float64", new Binary(Header.NONE, SampleType.FLOAT64, 1e-3, 1)),
                subject("binary with properties", described),
                subject("gzip or zstd, json", new Compressed(json, Compression.AUTO, 1 << 20)),
                subject("zstd, json", new Compressed(json, Compression.ZSTD, 1 << 20)));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void everyInputHasAnOutcomeThatMayBeJournalled(Subject subject) {
        List<byte[]> seeds = new ArrayList<>(texts());
        seeds.add(samples());
        for (int i = 0; i < 3; i++) {
            seeds.add(cborPack());
        }
        if (subject.format() instanceof Compressed) {
            seeds = Stream.concat(
                            texts().stream().map(FormatsTest::gzip),
                            texts().stream().map(FormatsTest::zstd))
                    .toList();
        }
        MessageProperties properties = new MessageProperties(
                "application/json", List.of(new MessageProperties.Property("time", "1790000000123")));
        PayloadFuzz fuzz = new PayloadFuzz(20_261_125, seeds);
        Origin origin = subject.origin();
        // what is loaded and remembered once is no growth
        seeds.forEach(seed -> subject.format().decode(origin, seed, properties, Decoding.RECEIVED));
        long allocated = 0;
        long largest = 0;
        int decoded = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] payload = fuzz.next();
            long before = PayloadFuzz.allocatedBytes();
            PayloadOutcome outcome = subject.format().decode(origin, payload, properties, Decoding.RECEIVED);
            long took = PayloadFuzz.allocatedBytes() - before;
            allocated += took;
            largest = Math.max(largest, took);
            decoded += check(outcome);
        }
        assertThat(decoded).as("inputs that were readings").isBetween(INPUTS / 2_000, INPUTS - INPUTS / 10);
        long bound = subject.format() instanceof Compressed ? MEAN_BOUND_COMPRESSED : MEAN_BOUND;
        assertThat(allocated / INPUTS).as("mean bytes allocated").isLessThan(bound);
        assertThat(largest).as("most bytes allocated").isLessThan(LARGEST_BOUND);
    }

    /** Plain checks: an assertion object for each of millions would take the time. */
    private static int check(PayloadOutcome outcome) {
        switch (outcome) {
            case PayloadOutcome.Rejected(RejectReason reason, String found) -> {
                if (found.isEmpty() || found.length() > 2_000) {
                    throw new AssertionError(reason + " says '" + found + "'");
                }
                return 0;
            }
            case PayloadOutcome.Decoded(List<Reading> readings) -> {
                for (Reading reading : readings) {
                    if (!mayBeJournalled(reading)) {
                        throw new AssertionError(reading.toString());
                    }
                }
                return readings.isEmpty() ? 0 : 1;
            }
        }
    }

    private static boolean mayBeJournalled(Reading reading) {
        boolean plausible =
                reading.sourceMicros() >= 946_684_800_000_000L && reading.sourceMicros() < 4_102_444_800_000_000L;
        return plausible
                && switch (reading) {
                    case Reading.Scalar s ->
                        Double.isNaN(s.value()) ? s.quality() == Quality.BAD : Math.abs(s.value()) <= 1e30;
                    case Reading.Waveform w -> {
                        boolean finite = w.samples().length > 0;
                        for (float sample : w.samples()) {
                            finite &= Float.isFinite(sample);
                        }
                        yield finite;
                    }
                };
    }

    @Test
    void whatIsEncodedIsDecodedToTheSameReadings() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            List<Reading> readings = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(6); i++) {
                readings.add(new Reading.Scalar(
                        new ChannelId("unit-1", random.nextBoolean() ? "flow" : "temp"),
                        Decoding.RECEIVED + random.nextInt(1_000_000) * 1_000L,
                        Decoding.RECEIVED,
                        Quality.GOOD,
                        random.nextGaussian() * Math.pow(10, random.nextInt(20) - 10)));
            }
            assertThat(Decoding.readings(
                            new SenMl(SenMl.Encoding.JSON, SenMl.Names.LAST_PART), Decoding.ASSET, senMl(readings)))
                    .isEqualTo(readings);
            assertThat(Decoding.readings(Decoding.decode(
                            new SenMl(SenMl.Encoding.CBOR, SenMl.Names.LAST_PART), Decoding.ASSET, cbor(readings))))
                    .isEqualTo(readings);
            Csv csv = new Csv(List.of("time", "flow", "temp"), ',', TimeFormat.MILLISECONDS);
            assertThat(Decoding.readings(csv, Decoding.ASSET, csv(readings))).isEqualTo(readings);
        }
    }

    private static String senMl(List<Reading> readings) throws IOException {
        List<Map<String, Object>> records = new ArrayList<>();
        for (Reading reading : readings) {
            records.add(Map.of(
                    "n",
                    "urn:dev/" + reading.channel().channel(),
                    "t",
                    java.math.BigDecimal.valueOf(reading.sourceMicros(), 6),
                    "v",
                    ((Reading.Scalar) reading).value()));
        }
        return new ObjectMapper().writeValueAsString(records);
    }

    private static byte[] cbor(List<Reading> readings) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeStartArray();
            for (Reading reading : readings) {
                out.writeStartObject();
                out.writeFieldId(0);
                out.writeString(reading.channel().channel());
                out.writeFieldId(6);
                out.writeNumber(reading.sourceMicros() / 1e6);
                out.writeFieldId(2);
                out.writeNumber(((Reading.Scalar) reading).value());
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        return bytes.toByteArray();
    }

    private static String csv(List<Reading> readings) {
        StringBuilder lines = new StringBuilder();
        for (Reading reading : readings) {
            double value = ((Reading.Scalar) reading).value();
            boolean flow = reading.channel().channel().equals("flow");
            lines.append(reading.sourceMicros() / 1_000).append(flow ? "," + value + ",\n" : ",," + value + "\n");
        }
        return lines.toString();
    }
}
