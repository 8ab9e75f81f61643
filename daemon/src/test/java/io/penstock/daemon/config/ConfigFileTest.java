package io.penstock.daemon.config;

import static io.penstock.daemon.config.ConfigFolder.LEAST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a file, in words. */
class ConfigFileTest {
    @TempDir
    Path folder;

    private ConfigFolder config;

    @BeforeEach
    void anAsset() throws IOException {
        config = new ConfigFolder(folder);
    }

    @Test
    void figuresAreToldOnLoopbackOrNotAtAll() throws Exception {
        assertThat(ConfigFile.read(config.file(LEAST)).metrics()).isNull();
        assertThat(config.problems(LEAST + "[health]\nmetrics = \"0.0.0.0:9464\"\n"))
                .singleElement()
                .asString()
                .contains("health.metrics: found \"0.0.0.0:9464\", expected a loopback address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"store.file", "uplink.tariff", "uplink.frame_keys", "route.file"})
    void aPathWithACharacterThatNoPathHoldsIsAMistakeOfItsLine(String key) throws Exception {
        String[] parts = key.split("\\.");
        String more = parts[0].equals("uplink") ? "enabled = true\n" : "";
        assertThat(config.problems(LEAST + "[" + parts[0] + "]\n" + more + parts[1] + " = \"a\\u0000b\"\n"))
                .anySatisfy(p -> assertThat(p).contains("line ", key + ": "));
    }

    @Test
    void allMistakesAreToldAtOnceWithLineAndNearestSpelling() throws Exception {
        Files.writeString(
                folder.resolve("bad.toml"),
                "[asset]\nid = \"b\"\nkind = \"hydro_fransis\"\n" + "[[channel]]\nid = \"c\"\nquantity = \"flow\"\n");
        assertThat(config.problems("""
                asets = ["unit-1.toml"]
                assets = ["bad.toml", "absent.toml"]
                [site]
                nam = "works"
                [store]
                linger = "20"
                reading_bytes = 512
                queue = 0
                [[mqtt]]
                name = "m"
                uri = "tcp://127.0.0.1:1883"
                user = "u"
                [[mqtt.subscribe]]
                topic = "plant/{asset}/{channel}"
                payload = "jsn"
                [[replay]]
                name = "m"
                file = "day.csv"
                [infer]
                file = "own.gguf"
                [uplink]
                enabled = true
                """))
                .anySatisfy(p -> assertThat(p).contains("line 1:", "asets: unknown key"))
                .anySatisfy(p -> assertThat(p).contains("hydro_fransis", "did you mean 'hydro_francis'?"))
                .anySatisfy(p -> assertThat(p).contains("line 2:", "absent.toml cannot be read"))
                .anySatisfy(p -> assertThat(p).contains("site.name: missing"))
                .anySatisfy(p -> assertThat(p).contains("line 4:", "site.nam: unknown key", "did you mean 'name'?"))
                .anySatisfy(p -> assertThat(p).contains("line 6:", "store.linger", "\"20\"", "a duration"))
                .anySatisfy(p -> assertThat(p).contains("line 7:", "store.reading_bytes", "512", "\"64MiB\""))
                .anySatisfy(p -> assertThat(p).contains("line 8:", "store.queue", "found 0", "from 1 to"))
                .anySatisfy(p -> assertThat(p).contains("line 12:", "user and password_file go together"))
                .anySatisfy(p -> assertThat(p).contains("line 15:", "payload", "\"jsn\"", "did you mean 'json'?"))
                .anySatisfy(p -> assertThat(p).contains("two sources are named 'm'"))
                .anySatisfy(p -> assertThat(p).contains("line 20:", "infer.file", "needs its sha256"))
                .anySatisfy(p -> assertThat(p).contains("line 22:", "uplink.enabled", "has no cap", "bytes_per_month"))
                .anySatisfy(p -> assertThat(p).contains("uplink.frame_keys: missing", "penstock uplink key"))
                .allSatisfy(p -> assertThat(p).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[store]~queue = \"many\"         | store.queue: found \"many\", expected a whole number",
                "[store]~file = 5                 | store.file: found 5, expected text in quotes",
                "[site]~name = \"again\"          | line",
                "detect = 5                       | detect: found 5, expected a table",
                "[route]~semantic = \"yes\"       | route.semantic: found \"yes\", expected true or false",
                "[cases]~gathering = \"99m\"      | gathering is PT1H39M, expected PT0S to PT10M",
                "[infer]~sha256 = \"abc\"         | infer.sha256: found \"abc\", expected 64 hexadecimal digits",
                "[infer]~max_tokens = 100000      | infer.max_tokens: found 100000, expected a whole number from 1 to 512",
                "[publsh]~broker = \"x\"          | publsh: unknown key; did you mean 'publish'?",
                "[detect]~cadense = \"1s\"        | detect.cadense: unknown key; did you mean 'cadence'?",
                "[infer~                          | line",
            })
    void oneMistakeIsToldByItsKey(String lines, String expected) throws Exception {
        // a top-level key has to stand before the first table
        String text = lines.startsWith("[") ? LEAST + lines : lines + "~" + LEAST;
        assertThat(config.problems(text.replace('~', '\n')))
                .anySatisfy(problem -> assertThat(problem).contains(expected));
    }

    @Test
    void aMissingFileSaysHowToHaveOne() {
        ConfigWrong wrong =
                catchThrowableOfType(ConfigWrong.class, () -> ConfigFile.read(folder.resolve("absent.toml")));
        assertThat(wrong).hasMessageContaining("penstock init").hasMessageContaining("absent.toml");
    }

    @Test
    void mistakesOfAnOpcUaSourceAreAllToldAtOnce() throws Exception {
        assertThat(config.problems("""
                        assets = ["unit-1.toml"]
                        [site]
                        name = "works"
                        [[opcua]]
                        name = "plc"
                        endpoint = "opc.tcp://plc:4840"
                        security = "aes256_sha256_rsapss"
                        user_certificate = "u.der"
                        [[opcua.item]]
                        node = "ns=2;s=a"
                        path = "Plant/*"
                        deadband = 1
                        deadband_percent = 1
                        [[opcua.group]]
                        name = "g"
                        publish_every = "1s"
                        watchdog = "2s"
                        [[opcua.group.item]]
                        path = "Plant/*/Speed"
                        samples_feld = "samples"
                        """))
                .anyMatch(p -> p.contains("user_certificate and user_key go together"))
                .anyMatch(p -> p.contains("needs a trust folder"))
                .anyMatch(p -> p.contains("node and path, expected only one"))
                .anyMatch(p -> p.contains("deadband and deadband_percent"))
                .anyMatch(p -> p.contains("wants {asset}"))
                .anyMatch(p -> p.contains("did you mean 'samples_field'"))
                .noneMatch(p -> p.contains("no source"))
                .hasSize(7);
    }
}
