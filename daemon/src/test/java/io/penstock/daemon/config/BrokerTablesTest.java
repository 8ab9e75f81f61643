package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import io.penstock.sensors.mqtt.MqttVersion;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.sparkplug.SparkplugSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys by which a broker is reached, in {@code [[mqtt]]}, {@code [[sparkplug]]} and {@code [publish]}. */
class BrokerTablesTest {
    private static final String HEAD = """
            assets = ["unit-1.toml"]
            [site]
            name = "works"
            """;

    @TempDir
    Path folder;

    private GatewaySettings read(String tables) throws Exception {
        return ConfigFile.read(new ConfigFolder(folder).file(HEAD + tables));
    }

    @Test
    void everyKeyOfASparkplugSourceReachesItsSetting() throws Exception {
        GatewaySettings s = read("""
                [[sparkplug]]
                name = "nodes"
                uri = "ssl://broker:8883"
                client_id = "c"
                version = "3.1.1"
                user = "u"
                password_file = "credential:broker-password"
                trust_file = "ca.pem"
                certificate_file = "gateway.crt"
                key_file = "/etc/keys/gateway.key"
                key_password_file = "key.pw"
                tls_minimum = "1.3"
                keep_alive = "40s"
                nodes = ["plant/+"]
                rebirth = false
                [[sparkplug.metric]]
                path = "plant/gw-1/+/Temp"
                asset = "unit-1"
                channel = "bearing_temp_c"
                expected_unit = "Cel"
                """);
        assertThat(s.sparkplug())
                .containsExactly(new SparkplugSettings(
                        "nodes",
                        MqttConnectionSettings.of("ssl://broker:8883", "c")
                                .withVersion(MqttVersion.V3_1_1)
                                .withCredentials(new MqttConnectionSettings.Credentials(
                                        "u", Path.of("/run/credentials/penstock.service/broker-password")))
                                .withTls(new MqttTls(
                                        folder.resolve("ca.pem"),
                                        folder.resolve("gateway.crt"),
                                        Path.of("/etc/keys/gateway.key"),
                                        folder.resolve("key.pw"),
                                        MqttTls.Minimum.TLS_1_3))
                                .withKeepAlive(Duration.ofSeconds(40)),
                        List.of("plant/+"),
                        List.of(new SparkplugSettings.Mapping(
                                new TopicTemplate("plant/gw-1/+/Temp", "unit-1", "bearing_temp_c"), "Cel")),
                        false));
        // live sources: their clocks are watched
        assertThat(s.window()).isNotEqualTo(s.window().recorded());
    }

    @Test
    void mqttSourceAndResultsHaveTheSameKeys() throws Exception {
        GatewaySettings s = read("""
                [[mqtt]]
                name = "m"
                uri = "tcp://broker:1883"
                version = "5"
                qos = 0
                [[mqtt.subscribe]]
                topic = "a/{asset}/{channel}"
                [publish]
                broker = "ssl://broker:8883"
                version = "3.1.1"
                trust_file = "ca.pem"
                tls_minimum = "1.3"
                """);
        assertThat(s.mqtt())
                .singleElement()
                .satisfies(m -> assertThat(m.connection())
                        .isEqualTo(MqttConnectionSettings.of("tcp://broker:1883", "penstock-m")
                                .withVersion(MqttVersion.V5)
                                .withSubscribeQos(0)));
        assertThat(s.publish().connection())
                .isEqualTo(MqttConnectionSettings.of("ssl://broker:8883", "penstock-works")
                        .withVersion(MqttVersion.V3_1_1)
                        .withTls(new MqttTls(folder.resolve("ca.pem"), null, null, null, MqttTls.Minimum.TLS_1_3)));
    }

    @Test
    void besideAWrongAddressNoRightKeyIsCalledUnknown() {
        ConfigWrong wrong = catchThrowableOfType(ConfigWrong.class, () -> read("""
                [[mqtt]]
                name = "m"
                uri = "tcp//broker"
                version = "5"
                keep_alive = "40s"
                tls_minimum = "1.3"
                qos = 0
                receive_maximum = 20
                [[mqtt.subscribe]]
                topic = "a/{asset}/{channel}"
                [[sparkplug]]
                name = "nodes"
                uri = "tcp//broker"
                version = "3.1.1"
                rebirth = false
                [[sparkplug.metric]]
                path = "plant/+/{asset}/{channel}"
                """));
        assertThat(wrong.problems()).hasSize(2).allSatisfy(p -> assertThat(p).contains("tcp//broker"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version = \"4\"                  | version: found \"4\", expected \"auto\", \"5\" or \"3.1.1\"",
                "tls_minimum = \"1.1\"            | tls_minimum: found \"1.1\", expected \"1.2\" or \"1.3\"",
                "certificate_file = \"c.pem\"     | certificate_file: certificate_file and key_file go together",
                "trust_file = \"c.pem\"           | TLS is set up for tcp://broker:1883, which is not an ssl:// address",
                "nodes = [\"plant\"]              | edge node is plant, expected GROUP/NODE",
                "nodes = []                       | has 0 edge nodes",
                "qos = 1                          | qos: unknown key",
            })
    void mistakeIsToldByItsKey(String line, String expected) throws Exception {
        ConfigWrong wrong = catchThrowableOfType(ConfigWrong.class, () -> read("""
                [[sparkplug]]
                name = "nodes"
                uri = "tcp://broker:1883"
                %s
                [[sparkplug.metric]]
                path = "plant/+/{asset}/{channel}"
                """.formatted(line)));
        assertThat(wrong).as(line).isNotNull();
        assertThat(wrong.problems()).anySatisfy(p -> assertThat(p).contains(expected));
    }
}
