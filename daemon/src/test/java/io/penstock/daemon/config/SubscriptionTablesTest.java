package io.penstock.daemon.config;

import static io.penstock.daemon.config.ConfigFolder.LEAST;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.Csv;
import io.penstock.sensors.mqtt.payload.JsonTable;
import io.penstock.sensors.mqtt.payload.JsonWaveform;
import io.penstock.sensors.mqtt.payload.SenMl;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.mqtt.payload.WaveformProperties;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code [[mqtt.subscribe]]}: which topics, and what their payloads mean. */
class SubscriptionTablesTest {
    @TempDir
    Path folder;

    private ConfigFolder config;

    @BeforeEach
    void anAsset() throws IOException {
        config = new ConfigFolder(folder);
    }

    private static String subscribing(String keys) {
        return LEAST + """
                [[mqtt]]
                name = "plant"
                uri = "tcp://broker:1883"
                largest_payload = "64KiB"
                [[mqtt.subscribe]]
                """ + keys;
    }

    @Test
    void everyPayloadFormatIsRead() throws Exception {
        GatewaySettings s = ConfigFile.read(config.file(subscribing("""
                topic = "a/{asset}"
                payload = "json"
                values = {bearing_temp_c = "/data/0/temp", flow = "/data/1"}
                source_units = {bearing_temp_c = "[degF]"}
                [[mqtt.subscribe]]
                topic = "b/{asset}/{channel}"
                array = "/samples"
                time = "/t"
                compression = "none"
                [[mqtt.subscribe]]
                topic = "c/{asset}/{channel}"
                array = "/samples"
                rate_hz = 1000
                compression = "zstd"
                [[mqtt.subscribe]]
                topic = "d/{asset}"
                payload = "csv"
                columns = ["time", "-", "flow"]
                separator = ";"
                [[mqtt.subscribe]]
                topic = "e/{asset}/#"
                payload = "senml"
                [[mqtt.subscribe]]
                topic = "f/{asset}/{channel}"
                payload = "senml_cbor"
                names = "whole"
                source_unit = "bar"
                expected_unit = "Pa"
                [[mqtt.subscribe]]
                topic = "g/{asset}/{channel}"
                payload = "binary"
                samples = "float64"
                byte_order = "big"
                properties = true
                rate_property = "fs"
                """)));
        MqttSourceSettings mqtt = s.mqtt().getFirst();
        assertThat(mqtt.largestPayloadBytes()).isEqualTo(65_536);
        assertThat(mqtt.subscriptions())
                .extracting(
                        sub -> (Object) (sub.format() instanceof Compressed c ? c.inner() : sub.format()).getClass())
                .containsExactly(
                        JsonTable.class,
                        JsonTable.class,
                        JsonWaveform.class,
                        Csv.class,
                        SenMl.class,
                        SenMl.class,
                        Binary.class);
        assertThat(mqtt.subscriptions().getLast().format())
                .isEqualTo(new Compressed(
                        new Binary(
                                Binary.Header.NONE,
                                Binary.SampleType.FLOAT64,
                                ByteOrder.BIG_ENDIAN,
                                1,
                                0,
                                new WaveformProperties("time", TimeFormat.MILLISECONDS, "fs", "unit", "samples")),
                        Compressed.Compression.AUTO,
                        65_536));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            values = {a = "/a"}; value = "/b"                              | values: found with value
            rate_hz = 100                                                  | a waveform needs array
            array = "/a"; unit = "/u"                                      | expected source_unit
            array = "/a"; time = ""                                        | needs the time pointer
            values = {a = "/a", b = "/a/b"}                                | pointer
            payload = "csv"; columns = ["time"]                            | at least one that is a channel's
            payload = "csv"; columns = ["value"]; separator = ",,"         | expected one character
            payload = "binary"                                             | rate_hz: missing
            payload = "plain"; columns = ["value"]                         | unknown key
            payload = "plain"; source_unit = "hot"                         | expected a UCUM unit
            payload = "plain"; source_unit = "kW"; expected_unit = "Cel"   | converts to the channel's "Cel"
            payload = "plain"; source_units = {bearing_temp_c = "bar"}     | converts to the channel's "Cel"
            payload = "plain"; source_units = "bar"                        | texts by name
            payload = "senml"; names = "first"                             | one of last_part, whole
            payload = "plain"; compression = "brotli"                      | one of auto, none, gzip, zstd
            """)
    void wrongPayloadKeysAreNamed(String keys, String expected) throws IOException {
        List<String> problems =
                config.problems(subscribing("topic = \"p/{asset}/{channel}\"\n" + keys.replace("; ", "\n") + "\n"));
        assertThat(problems).anyMatch(problem -> problem.contains(expected) && problem.contains("line"));
    }

    @Test
    void topicWithoutAChannelNeedsAPayloadThatNamesOne() throws IOException {
        assertThat(config.problems(subscribing("topic = \"p/{asset}\"\npayload = \"plain\"\n")))
                .anyMatch(problem -> problem.contains("names no channel and neither does the payload"));
        assertThat(config.problems(subscribing("topic = \"{site}/{asset}/{channel}\"\n")))
                .anyMatch(problem -> problem.contains("{site}") && problem.contains("+ for one that does not matter"));
    }
}
