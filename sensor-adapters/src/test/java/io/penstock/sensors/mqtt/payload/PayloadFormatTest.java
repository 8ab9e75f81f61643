package io.penstock.sensors.mqtt.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.fixtures.plant.Sample;
import io.penstock.fixtures.plant.VibrationChannel;
import io.penstock.sensors.mqtt.payload.Binary.Header;
import io.penstock.sensors.mqtt.payload.Binary.SampleType;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadFormatTest {
    private static final ChannelId CHANNEL = new ChannelId("unit-1", "flow");
    private static final long RECEIVED = 1_790_000_000_000_000L;
    private static final int FUZZ_INPUTS = 100_000;

    private static PayloadOutcome decode(PayloadFormat format, String payload) {
        return format.decode(CHANNEL, payload.getBytes(StandardCharsets.UTF_8), RECEIVED);
    }

    private static Reading.Scalar scalar(PayloadOutcome outcome) {
        assertThat(outcome).isInstanceOf(PayloadOutcome.Decoded.class);
        return (Reading.Scalar) ((PayloadOutcome.Decoded) outcome).readings().getFirst();
    }

    private static Reading.Waveform waveform(PayloadOutcome outcome) {
        assertThat(outcome).isInstanceOf(PayloadOutcome.Decoded.class);
        return (Reading.Waveform) ((PayloadOutcome.Decoded) outcome).readings().getFirst();
    }

    @ParameterizedTest
    @CsvSource({"61.5, 61.5", "' -1.2e3\n', -1200", "0, 0", "+7, 7", ".5, 0.5", "1e30, 1e30"})
    void plainNumberIsGoodAtTheReceiveTime(String payload, double value) {
        Reading.Scalar reading = scalar(decode(new Plain(), payload));
        assertThat(reading).isEqualTo(new Reading.Scalar(CHANNEL, RECEIVED, RECEIVED, Quality.GOOD, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "nan", "inf", "-Infinity", "1e308", "-1e31", "1e999"})
    void plainNumberThatIsNoneIsBad(String payload) {
        Reading.Scalar reading = scalar(decode(new Plain(), payload));
        assertThat(reading.quality()).isEqualTo(Quality.BAD);
        assertThat(reading.value()).isNaN();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "sixty", "61,5", "0x10", "1d", "1f", "61.5 kW", "1 2", "{\"value\":1}", "\u0661"})
    void plainTextIsRejected(String payload) {
        assertThat(decode(new Plain(), payload)).isInstanceOf(PayloadOutcome.Rejected.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            MILLISECONDS | {"ts":1790000000123,"value":42.5,"seq":7}               | 42.5 | 1790000000123000
            MICROSECONDS | {"value":42,"ts":1790000000123456}                      | 42   | 1790000000123456
            SECONDS      | {"ts":1790000000.25,"value":-1e-3}                      | -0.001 | 1790000000250000
            RFC3339      | {"ts":"2026-09-21T14:13:20.5Z","value":1}               | 1    | 1790000000500000
            RFC3339      | {"ts":"2026-09-21T19:58:20.5+05:45","value":1}          | 1    | 1790000000500000
            MILLISECONDS | {"ts":1790000000123,"value":"42.5"}                     | 42.5 | 1790000000123000
            MILLISECONDS | {"ts":1790000000123,"value":true}                       | 1    | 1790000000123000
            MILLISECONDS | {"a":{"value":9,"ts":1},"ts":1790000000123,"value":2,"b":[{"value":3}]} | 2 | 1790000000123000
            MILLISECONDS | {"ts":1790000000123,"value":1,"value":2}                | 2    | 1790000000123000
            """)
    void jsonNumberCarriesItsTime(TimeFormat format, String payload, double value, long micros) {
        Reading.Scalar reading = scalar(decode(Json.valueAndTime(format), payload));
        assertThat(reading).isEqualTo(new Reading.Scalar(CHANNEL, micros, RECEIVED, Quality.GOOD, value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "1",
                "[]",
                "{}",
                "{\"ts\":1790000000123}",
                "{\"value\":1}",
                "{\"ts\":null,\"value\":1}",
                "{\"ts\":0,\"value\":1}",
                "{\"ts\":-1,\"value\":1}",
                "{\"ts\":9223372036854775807,\"value\":1}",
                "{\"ts\":99999999999999999999,\"value\":1}",
                "{\"ts\":1e300,\"value\":1}",
                "{\"ts\":\"1790000000123\",\"value\":1}",
                "{\"ts\":1790000000123,\"value\":\"hot\"}",
                "{\"ts\":1790000000123,\"value\":[1]}",
                "{\"ts\":1790000000123,\"value\":{\"a\":1}}",
                "{\"ts\":1790000000123,\"value\":NaN}",
                "{\"ts\":1790000000123,\"value\":1",
                "{\"ts\":1790000000123,\"value\":1}}",
                "{\"ts\":1790000000123,\"value\":1}{}",
                "\u0000"
            })
    void jsonThatCannotBeUsedIsRejected(String payload) {
        assertThat(decode(Json.valueAndTime(TimeFormat.MILLISECONDS), payload))
                .isInstanceOf(PayloadOutcome.Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1e308", "1e999", "\"NaN\"", "-1e31"})
    void jsonNumberThatIsNoneIsBad(String value) {
        Reading.Scalar reading = scalar(
                decode(Json.valueAndTime(TimeFormat.MILLISECONDS), "{\"ts\":1790000000123,\"value\":" + value + "}"));
        assertThat(reading.quality()).isEqualTo(Quality.BAD);
        assertThat(reading.value()).isNaN();
    }

    @ParameterizedTest
    @CsvSource({
        "true, GOOD",
        "false, BAD",
        "'\"good\"', GOOD",
        "'\"Bad\"', BAD",
        "'\"doubtful\"', UNCERTAIN",
        "192, GOOD",
        "0, BAD",
        "64, UNCERTAIN",
        "500, UNCERTAIN",
        "2147483648, BAD",
        "1073741824, UNCERTAIN",
        "null, UNCERTAIN"
    })
    void jsonQualityIsTakenOver(String written, Quality quality) {
        Json format = new Json("/v", null, TimeFormat.MILLISECONDS, "/q", null, null);
        assertThat(scalar(decode(format, "{\"q\":" + written + ",\"v\":5}")).quality())
                .isEqualTo(quality);
        assertThat(scalar(decode(format, "{\"v\":5}")).quality()).isEqualTo(Quality.GOOD);
    }

    @Test
    void nestedPointersReachTheirFields() {
        Json format = new Json("/data/0/v", "/head/time", TimeFormat.SECONDS, null, null, null);
        Reading.Scalar reading = scalar(decode(format, "{\"head\":{\"time\":1790000000},\"data\":[{\"v\":3.5}]}"));
        assertThat(reading.value()).isEqualTo(3.5);
        assertThat(reading.sourceMicros()).isEqualTo(1_790_000_000_000_000L);
        assertThat(decode(format, "{\"head\":{\"time\":1790000000},\"data\":[]}"))
                .isInstanceOf(PayloadOutcome.Rejected.class);
    }

    @Test
    void anotherUnitIsRejected() {
        Json format = new Json("/value", null, TimeFormat.SECONDS, null, "/unit", "Cel");
        assertThat(scalar(decode(format, "{\"value\":60,\"unit\":\"Cel\"}")).value())
                .isEqualTo(60);
        assertThat(decode(format, "{\"value\":60,\"unit\":\"[degF]\"}"))
                .isEqualTo(new PayloadOutcome.Rejected(RejectReason.UNIT, "unit is '[degF]', expected 'Cel'"));
    }

    @Test
    void hostileJsonEndsSoon() {
        Json flat = Json.valueAndTime(TimeFormat.MILLISECONDS);
        Json nested = new Json("/a/value", "/a/ts", TimeFormat.MILLISECONDS, null, null, null);
        List<String> hostile = List.of(
                "[".repeat(500_000),
                "{\"a\":".repeat(200_000),
                "{\"value\":" + "9".repeat(900_000) + "}",
                "{\"value\":1e" + "9".repeat(150) + ",\"ts\":1}",
                "{\"ts\":1e999999999,\"value\":1}",
                "{\"value\":\"" + "1".repeat(900_000) + "\"}");
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            for (String payload : hostile) {
                assertThat(decode(flat, payload)).isInstanceOf(PayloadOutcome.Rejected.class);
                assertThat(decode(nested, payload)).isInstanceOf(PayloadOutcome.Rejected.class);
            }
        });
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void floatWaveformWithHeaderCarriesItsTime() {
        Binary format = new Binary(Header.TIME_AND_SEQUENCE, SampleType.FLOAT32, 1, 12_800);
        byte[] payload = littleEndian(24)
                .putLong(1_790_000_000_123L)
                .putLong(7)
                .putFloat(1.5f)
                .putFloat(-2)
                .array();
        Reading.Waveform reading = waveform(format.decode(CHANNEL, payload, RECEIVED));
        assertThat(reading.samples()).containsExactly(1.5f, -2);
        assertThat(reading.sourceMicros()).isEqualTo(1_790_000_000_123_000L);
        assertThat(reading.rateHz()).isEqualTo(12_800);
        assertThat(reading.quality()).isEqualTo(Quality.GOOD);
    }

    @Test
    void waveformOfTheSimulatedPlantIsUnderstood() {
        float[] samples = {0.5f, -1, 2};
        byte[] payload = new Sample.Waveform(VibrationChannel.DE, 1_790_000_000_360L, samples).message(7);
        Binary format = new Binary(Header.TIME_AND_SEQUENCE, SampleType.FLOAT32, 1, 12_800);
        Reading.Waveform reading = waveform(format.decode(CHANNEL, payload, RECEIVED));
        assertThat(reading.samples()).containsExactly(samples);
        assertThat(reading.sourceMicros()).isEqualTo(1_790_000_000_360_000L);
    }

    @Test
    void integerWaveformWithoutHeaderIsScaledAndBeganBeforeItCame() {
        Binary format = new Binary(Header.NONE, SampleType.INT16, 0.5, 1_000);
        byte[] payload =
                littleEndian(4).putShort((short) -3).putShort((short) 8).array();
        Reading.Waveform reading = waveform(format.decode(CHANNEL, payload, RECEIVED));
        assertThat(reading.samples()).containsExactly(-1.5f, 4);
        assertThat(reading.sourceMicros()).isEqualTo(RECEIVED - 2_000);
    }

    @Test
    void waveformThatCannotBeUsedIsRejected() {
        Binary format = new Binary(Header.TIME_AND_SEQUENCE, SampleType.FLOAT32, 1, 12_800);
        ByteBuffer good =
                littleEndian(20).putLong(1_790_000_000_123L).putLong(7).putFloat(1);
        for (byte[] payload : List.of(
                new byte[0],
                new byte[16],
                new byte[19],
                good.duplicate()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, 1)
                        .array()
                        .clone(),
                littleEndian(20).putLong(Long.MAX_VALUE).putLong(7).putFloat(1).array(),
                littleEndian(20)
                        .putLong(1_790_000_000_123L)
                        .putLong(7)
                        .putFloat(Float.NaN)
                        .array())) {
            assertThat(format.decode(CHANNEL, payload, RECEIVED)).isInstanceOf(PayloadOutcome.Rejected.class);
        }
    }

    @Test
    void formatsThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> new Binary(Header.NONE, SampleType.INT16, 0, 1))
                .hasMessageContaining("scale");
        assertThatThrownBy(() -> new Binary(Header.NONE, SampleType.INT16, 1, 0))
                .hasMessageContaining("rate");
        assertThatThrownBy(() -> new Json("value", null, TimeFormat.SECONDS, null, null, null))
                .hasMessageContaining("/value");
        assertThatThrownBy(() -> new Json("/value", null, TimeFormat.SECONDS, null, "/unit", null))
                .hasMessageContaining("unit");
    }

    private static Stream<PayloadFormat> allFormats() {
        return Stream.of(
                new Plain(),
                Json.valueAndTime(TimeFormat.MILLISECONDS),
                new Json("/value", "/ts", TimeFormat.RFC3339, "/q", "/unit", "Cel"),
                new Json("/d/0/value", "/d/1", TimeFormat.SECONDS, "/q", null, null),
                new Binary(Header.TIME_AND_SEQUENCE, SampleType.FLOAT32, 1, 12_800),
                new Binary(Header.NONE, SampleType.INT16, 1e-3, 1));
    }

    @ParameterizedTest
    @MethodSource("allFormats")
    void everyInputHasAnOutcomeThatMayBeJournalled(PayloadFormat format) {
        Random random = new Random(20_261_122);
        List<String> seeds = List.of(
                "{\"ts\":1790000000123,\"value\":42.5,\"seq\":7}",
                "{\"ts\":\"2026-09-21T14:13:20.5Z\",\"value\":1e3,\"q\":192,\"unit\":\"Cel\"}",
                "{\"d\":[{\"value\":1},1790000000.5],\"q\":\"good\"}",
                "-61.5e3");
        int decoded = 0;
        for (int i = 0; i < FUZZ_INPUTS; i++) {
            byte[] payload = mutated(random, seeds);
            switch (format.decode(CHANNEL, payload, RECEIVED)) {
                case PayloadOutcome.Rejected(RejectReason reason, String found) ->
                    assertThat(found).isNotEmpty().hasSizeLessThan(2_000);
                case PayloadOutcome.Decoded(List<Reading> readings) -> {
                    decoded++;
                    for (Reading reading : readings) {
                        assertThat(reading.sourceMicros()).isBetween(946_684_800_000_000L, 4_102_444_800_000_000L);
                        assertThat(mayBeJournalled(reading))
                                .as(reading.toString())
                                .isTrue();
                    }
                }
            }
        }
        assertThat(decoded).as("inputs that were readings").isPositive();
    }

    private static boolean mayBeJournalled(Reading reading) {
        return switch (reading) {
            case Reading.Scalar s -> Double.isNaN(s.value()) ? s.quality() == Quality.BAD : Math.abs(s.value()) <= 1e30;
            case Reading.Waveform w -> {
                boolean finite = w.samples().length > 0;
                for (float sample : w.samples()) {
                    finite &= Float.isFinite(sample);
                }
                yield finite;
            }
        };
    }

    /** Random bytes, or a good text or waveform with a few bytes changed, cut or doubled. */
    private static byte[] mutated(Random random, List<String> seeds) {
        int kind = random.nextInt(4);
        if (kind == 0) {
            byte[] noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] good;
        if (kind == 1) {
            ByteBuffer waveform = littleEndian(16 + 4 * random.nextInt(8));
            waveform.putLong(1_790_000_000_123L).putLong(random.nextLong());
            while (waveform.hasRemaining()) {
                waveform.putFloat((float) random.nextGaussian());
            }
            good = waveform.array();
        } else {
            good = seeds.get(random.nextInt(seeds.size())).getBytes(StandardCharsets.UTF_8);
        }
        for (int changes = random.nextInt(4); changes > 0 && good.length > 0; changes--) {
            int at = random.nextInt(good.length);
            switch (random.nextInt(3)) {
                case 0 -> good[at] = (byte) random.nextInt(256);
                case 1 -> good = java.util.Arrays.copyOf(good, at);
                default -> good[at] = good[random.nextInt(good.length)];
            }
        }
        return good;
    }
}
