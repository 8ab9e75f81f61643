package io.penstock.sensors.mqtt.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitTest {
    // factors from the definitions of the units, not from the library
    @ParameterizedTest
    @CsvSource({
        "bar, Pa, 2.5, 250000",
        "kPa, bar, 250, 2.5",
        "[psi], bar, 100, 6.894757",
        "Cel, K, 20, 293.15",
        "K, Cel, 293.15, 20",
        "[degF], Cel, 212, 100",
        "Cel, [degF], -40, -40",
        "°C, Cel, 61.5, 61.5",
        "m/s2, [g], 9.80665, 1",
        "m/s2, g, 9.80665, 1",
        "g, m/s2, 2, 19.6133",
        "[g], g, 3, 3",
        "kg, g, 1, 1000",
        "[in_i]/s, mm/s, 1, 25.4",
        "mm/s, m/s, 7.1, 0.0071",
        "kW, W, 1.5, 1500",
        "kWh, J, 1, 3600000",
        "rpm, Hz, 1500, 25",
        "r/min, /min, 1500, 1500",
        "{rev}/min, Hz, 60, 1",
        "L/s, m3/h, 1, 3.6",
        "%, 1, 50, 0.5",
        "%RH, %, 50, 50",
        "A, mA, 1, 1000"
    })
    void valueIsConverted(String from, String to, double value, double expected) {
        assertThat(Ucum.conversion(from, to).orElseThrow().of(value))
                .isCloseTo(expected, within(1e-6 * Math.abs(expected)));
    }

    @ParameterizedTest
    @CsvSource({
        "kW, Cel",
        "Cel, bar",
        "bar, Cel/s",
        "dB, 1",
        "[pH], mol/L",
        "hot, Cel",
        "Cel, hot",
        "Cel.m, K.m",
        "m, s",
        "10*999999999, 1",
        "m999999999, m",
        "mCel, K",
        "'', m",
        "g, Cel"
    })
    void unitsThatDoNotMeasureTheSameAreNotConverted(String from, String to) {
        assertThat(Ucum.conversion(from, to)).isEmpty();
    }

    @Test
    void hostileUnitsEndSoon() {
        List<String> hostile = List.of(
                "(".repeat(20_000) + "m",
                "m".repeat(100_000),
                "10*99.10*99.10*99.10*99",
                "Ym9.Ym9.Ym9.Ym9.Ym9.Ym9.Ym9.Ym9",
                "10*9.10*9.10*9.10*9.10*9.10*9",
                "Ym99.Ym99.Ym99.Ym99.Ym99.Ym99",
                "((((((((((((((((m",
                "\u0000",
                "\ud800");
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> hostile.forEach(unit -> assertThat(Ucum.conversion(unit, "m"))
                        .as(unit.substring(0, 1))
                        .isEmpty()));
    }

    @Test
    void messageUnitCountsBeforeTheConfiguredOneAndTheAssetFileSaysWhatIsKept() {
        ChannelUnits units = new ChannelUnits(Map.of(Decoding.CHANNEL, "Cel"), null, "K", Map.of("other", "bar"));
        Origin origin = new Origin("unit-1", Decoding.CHANNEL, units);
        Json format = new Json("/value", null, TimeFormat.SECONDS, null, "/unit");
        assertThat(value(Decoding.readings(format, origin, "{\"value\":212,\"unit\":\"[degF]\"}")))
                .isCloseTo(100, within(1e-9));
        assertThat(value(Decoding.readings(format, origin, "{\"value\":293.15}")))
                .isCloseTo(20, within(1e-9));
        assertThat(value(Decoding.readings(format, origin, "{\"value\":293.15,\"unit\":null}")))
                .isCloseTo(20, within(1e-9));
        Decoding.assertRejected(format, origin, "{\"value\":1,\"unit\":\"kW\"}", RejectReason.UNIT)
                .isEqualTo("unit is 'kW', expected 'Cel' or one that converts to it");
    }

    @Test
    void channelWithoutAUnitKeepsValuesAsTheyCome() {
        ChannelUnits units = new ChannelUnits(Map.of(Decoding.CHANNEL, "1"), null, "kW", Map.of());
        assertThat(value(Decoding.readings(new Plain(), new Origin("unit-1", Decoding.CHANNEL, units), "5")))
                .isEqualTo(5);
    }

    @Test
    void expectedUnitOfASiteIsComparedAsText() {
        ChannelUnits units = new ChannelUnits(Map.of(), "boxes", null, Map.of());
        Origin origin = new Origin("unit-1", Decoding.CHANNEL, units);
        Json format = new Json("/value", null, TimeFormat.SECONDS, null, "/unit");
        assertThat(value(Decoding.readings(format, origin, "{\"value\":7,\"unit\":\"boxes\"}")))
                .isEqualTo(7);
        Decoding.assertRejected(format, origin, "{\"value\":7,\"unit\":\"pallets\"}", RejectReason.UNIT);
    }

    private static double value(List<Reading> readings) {
        return ((Reading.Scalar) readings.getFirst()).value();
    }
}
