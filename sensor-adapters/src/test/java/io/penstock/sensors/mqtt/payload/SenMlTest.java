package io.penstock.sensors.mqtt.payload;

import static io.penstock.sensors.mqtt.payload.Decoding.ASSET;
import static io.penstock.sensors.mqtt.payload.Decoding.RECEIVED;
import static io.penstock.sensors.mqtt.payload.Decoding.TOPIC;
import static io.penstock.sensors.mqtt.payload.Decoding.assertRejected;
import static io.penstock.sensors.mqtt.payload.Decoding.decode;
import static io.penstock.sensors.mqtt.payload.Decoding.readings;
import static io.penstock.sensors.mqtt.payload.Decoding.scalar;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SenMlTest {
    private static final SenMl JSON = new SenMl(SenMl.Encoding.JSON, SenMl.Names.LAST_PART);
    private static final SenMl CBOR = new SenMl(SenMl.Encoding.CBOR, SenMl.Names.LAST_PART);

    @Test
    void baseFieldsHoldUntilTheyAreReplaced() {
        List<Reading> readings = readings(JSON, ASSET, """
                [{"bn":"urn:dev:mac:0024befffe804ff1/","bt":1.79e9,"bu":"A","bver":5,"bv":100,"n":"voltage","u":"V","v":20.5},
                 {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},
                 {"bn":"pump/","bt":1.79e9,"bv":0,"n":"on","vb":true}]""");
        assertThat(readings)
                .containsExactly(
                        scalar("voltage", RECEIVED, 120.5),
                        scalar("current", RECEIVED - 5_000_000, 101.2),
                        scalar("current", RECEIVED - 4_000_000, 101.3),
                        scalar("on", RECEIVED, 1));
    }

    @Test
    void timesBelowTwoToThe28AreRelativeToNow() {
        assertThat(
                        readings(
                                JSON,
                                TOPIC,
                                "[{\"n\":\"a\",\"v\":1},{\"n\":\"a\",\"t\":-0.5,\"v\":2},{\"n\":\"a\",\"t\":268435455,\"v\":3}]"))
                .extracting(Reading::sourceMicros)
                .containsExactly(RECEIVED, RECEIVED - 500_000, RECEIVED + 268_435_455_000_000L);
        assertRejected(JSON, TOPIC, "[{\"n\":\"a\",\"t\":268435456,\"v\":3}]", RejectReason.TIME);
        assertThat(readings(JSON, TOPIC, "[{\"n\":\"a\",\"bt\":1789999999,\"t\":0.25,\"v\":3}]"))
                .extracting(Reading::sourceMicros)
                .containsExactly(1_789_999_999_250_000L);
    }

    @Test
    void cborExampleOfTheStandardIsUnderstood() {
        // RFC 8428, 6: the pack of 5.1.2 with times of June 2010
        byte[] pack = HexFormat.of()
                .parseHex(
                        "87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c"
                                + "7461676501615602fb405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272656e7406230"
                                + "2fb3ff4cccccccccccda3006763757272656e74062202fb3ff6666666666666a3006763757272656e74062102f93e00a3006763"
                                + "757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333");
        List<Reading> readings = readings(decode(CBOR, ASSET, pack));
        assertThat(readings).hasSize(7).allMatch(r -> r.quality() == Quality.GOOD);
        assertThat(readings.getFirst()).isEqualTo(scalar("voltage", 1_276_020_076_001_000L, 120.1));
        assertThat(readings.get(1)).isEqualTo(scalar("current", 1_276_020_071_001_000L, 1.2));
        assertThat(readings.getLast()).isEqualTo(scalar("current", 1_276_020_076_001_000L, 1.7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"n":"a","v":1,"must_":1}]                    | SYNTAX
            [{"n":"a","v":1,"bver":11}]                    | SYNTAX
            [{"n":"a","vs":"text"}]                        | MISSING
            [{"n":"a","s":12}]                             | MISSING
            [{"bn":"a"}]                                   | MISSING
            []                                             | MISSING
            {"n":"a","v":1}                                | SYNTAX
            [{"n":"a","v":1}                               | SYNTAX
            [{"n":"a","v":1}][]                            | SYNTAX
            [{"n":"a","v":"1"}]                            | VALUE
            [{"n":"a","vb":1}]                             | VALUE
            [{"n":1,"v":1}]                                | SYNTAX
            [{"v":1}]                                      | TOPIC
            [{"n":"a/","v":1}]                             | TOPIC
            [{"n":"a\\u202e","v":1}]                       | TOPIC
            [{"n":"a","t":1e300,"v":1}]                    | TIME
            [{"n":"a","bt":-1.79e9,"v":1}]                 | TIME
            """)
    void packThatCannotBeUsedHasItsReason(String pack, RejectReason reason) {
        assertRejected(JSON, ASSET, pack, reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "ut", "vd", "_"})
    void fieldsThatNeedNotBeUnderstoodArePassedOver(String field) {
        String pack = "[{\"n\":\"a\",\"v\":1,\"" + field + "\":[1,{\"v\":7}]}]";
        if (field.endsWith("_")) {
            assertRejected(JSON, ASSET, pack, RejectReason.SYNTAX).contains("must be understood");
        } else {
            assertThat(readings(JSON, ASSET, pack)).containsExactly(scalar("a", RECEIVED, 1));
        }
    }

    @Test
    void topicThatNamesTheChannelTakesPacksOfOneName() {
        assertThat(readings(JSON, TOPIC, "[{\"bn\":\"x/\",\"n\":\"y\",\"v\":1}]"))
                .containsExactly(scalar("flow", RECEIVED, 1));
        assertRejected(JSON, TOPIC, "[{\"n\":\"a\",\"v\":1},{\"n\":\"b\",\"v\":1}]", RejectReason.TOPIC)
                .contains("'a' and 'b'");
    }

    @Test
    void wholeNameMayBeTheChannel() {
        SenMl whole = new SenMl(SenMl.Encoding.JSON, SenMl.Names.WHOLE);
        assertThat(readings(whole, ASSET, "[{\"bn\":\"pump:\",\"n\":\"flow\",\"v\":1}]"))
                .containsExactly(scalar("pump:flow", RECEIVED, 1));
    }

    @Test
    void recordUnitCountsBeforeTheBaseUnitAndIsConverted() {
        ChannelUnits units = new ChannelUnits(Map.of(Decoding.CHANNEL, "bar"), null, null, Map.of());
        Origin origin = new Origin("unit-1", null, units);
        assertThat(readings(
                        JSON,
                        origin,
                        "[{\"bu\":\"Pa\",\"n\":\"flow\",\"v\":250000},{\"n\":\"flow\",\"t\":1,\"u\":\"bar\",\"v\":3}]"))
                .extracting(r -> ((Reading.Scalar) r).value())
                .containsExactly(2.5, 3.0);
        assertRejected(JSON, origin, "[{\"n\":\"flow\",\"u\":\"Cel\",\"v\":1}]", RejectReason.UNIT)
                .isEqualTo("unit is 'Cel', expected 'bar' or one that converts to it");
    }

    @Test
    void nullIsABadValue() {
        Reading reading = readings(JSON, ASSET, "[{\"n\":\"a\",\"v\":null}]").getFirst();
        assertThat(reading.quality()).isEqualTo(Quality.BAD);
    }
}
