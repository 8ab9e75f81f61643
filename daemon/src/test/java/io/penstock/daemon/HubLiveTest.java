package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.hub.FleetReport;
import io.penstock.daemon.hub.HubSettings;
import io.penstock.daemon.hub.StoreAddress;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.broker.MosquittoBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a sensor's reading at a site to a case at the hub, with the programs as they are shipped. */
class HubLiveTest {
    private static final String KEY_LINE = "7 " + "c3".repeat(44);

    @TempDir
    Path folder;

    private Path daemon(EmbeddedBroker plant, String link) throws Exception {
        Path site = Files.createDirectories(folder.resolve("site"));
        Path keys = Files.writeString(site.resolve("uplink.keys"), KEY_LINE + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        return new TestSite(site)
                .config(
                        new String[] {"pump-2", "pump-1"},
                        TestSite.mqtt(plant.uri()),
                        TestSite.NO_MODELS,
                        "[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\nbytes_per_month = \"20KiB\"\nhealth = \"0s\"\n"
                                + link
                                + "\n");
    }

    /** The site's own word on its one case, once its summary has left. */
    private JsonNode caseOfTheSite(Path config, EmbeddedBroker plant) throws Exception {
        try (DaemonProcess daemon = DaemonProcess.start(config)) {
            await("subscribed").atMost(HubSite.PATIENCE).until(daemon::connected);
            try (PahoSide sensor = new PahoSide(plant.uri())) {
                sensor.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91.37));
            }
            await("sent").atMost(HubSite.PATIENCE).until(() -> framesSent(config) == 1);
        }
        return HubSite.objects(command(config, "cases", "--json")).getFirst();
    }

    private static long framesSent(Path config) throws Exception {
        return Database.readOnly(config.resolveSibling("penstock.db"), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM uplink_frame WHERE sent_time > 0")) {
                return r.getLong(1);
            }
        });
    }

    private String command(Path config, String... words) throws Exception {
        Path log = Files.createTempFile(folder, "said", ".txt");
        Process process = DaemonProcess.command(
                log,
                Stream.concat(Stream.of(words), Stream.of("--config", config.toString()))
                        .toArray(String[]::new));
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(log);
    }

    private static void assertTheSame(JsonNode atTheHub, JsonNode atTheSite) {
        assertThat(atTheHub.path("site").asText()).isEqualTo(TestSite.NAME);
        assertThat(atTheHub.path("asset").asText()).isEqualTo("pump-1");
        assertThat(atTheHub.path("state").asText()).isEqualTo("open");
        assertThat(atTheHub.path("severity").asText())
                .isEqualToIgnoringCase(atTheSite.path("severity").asText());
        assertThat(atTheHub.path("fault").asText())
                .isEqualTo(atTheSite.path("candidates").path(0).path("fault").asText());
        JsonNode line = atTheSite.path("evidence").path(0);
        JsonNode told = atTheHub.path("evidence").path(0);
        assertThat(told.path("symptom").asText()).isEqualTo(line.path("symptom").asText());
        assertThat(told.path("unit").asText()).isEqualTo(line.path("unit").asText());
        assertThat(told.path("value").asDouble()).isCloseTo(line.path("value").asDouble(), within(0.05));
    }

    @Test
    void aFaultAtASiteIsTheSameCaseAtTheHubByABrokerAndScadaThereIsTold() throws Exception {
        HubSite hub = new HubSite(folder.resolve("hub"));
        hub.site(TestSite.NAME, KEY_LINE, "pump-2", "pump-1");
        try (EmbeddedBroker plant = new EmbeddedBroker();
                Broker away = MosquittoBroker.isInstalled()
                        ? new MosquittoBroker(folder.resolve("mosquitto"))
                        : new EmbeddedBroker()) {
            plant.start();
            away.start();
            String uri = "tcp://127.0.0.1:" + away.port();
            hub.config(HubSite.sqlite(), HubSite.broker(uri), HubSite.publish(uri));
            JsonNode site;
            try (HubSite.Running first = hub.start("connected as penstock-hub ", "connected as penstock-hub-results");
                    PahoSide scada = new PahoSide(uri)) {
                site = caseOfTheSite(daemon(plant, "broker = \"" + uri + "\""), plant);
                await("retained at the hub's broker")
                        .atMost(HubSite.PATIENCE)
                        .until(() -> scada.retained().stream()
                                .anyMatch(m -> m.topic().equals("penstock/hub/v1/works/pump-1/state")
                                        && m.payload().contains("\"state\":\"alarm\"")));
                await("heard of")
                        .atMost(HubSite.PATIENCE)
                        .until(() -> scada.retained().stream()
                                .anyMatch(m -> m.topic().equals("penstock/hub/v1/works/$node/status")
                                        && m.payload().contains("\"heard\"")));
                for (OtherSide.Message message : scada.received()) {
                    if (message.topic().startsWith("penstock/hub/v1/works/")) {
                        assertThat(Schemas.complaints(message.payload()))
                                .as(message.topic())
                                .isEmpty();
                    }
                }
                assertThat(scada.received()).anyMatch(m -> m.topic().equals("penstock/hub/v1/works/pump-1/case"));
                first.kill();
            }
            List<JsonNode> cases = HubSite.objects(hub.said(ExitCode.DONE, "cases", "--open", "--json"));
            assertThat(cases).hasSize(1);
            assertTheSame(cases.getFirst(), site);
            assertThat(hub.said(ExitCode.DONE, "sites")).contains("works", "heard", "1 alarm");
            try (HubSite.Running second = hub.start()) {
                second.stop();
            }
            JsonNode line =
                    HubSite.objects(hub.said(ExitCode.DONE, "sites", "--json")).getFirst();
            assertThat(line.path("frames").asInt()).isEqualTo(1);
            assertThat(line.path("missing").asInt()).isZero();
        }
    }

    @Test
    void aStickFromASiteIsReadAndItsFilesGoWhenTheyAreSaved() throws Exception {
        HubSite hub = new HubSite(folder.resolve("hub"));
        hub.site(TestSite.NAME, KEY_LINE, "pump-2", "pump-1");
        Path config = hub.config(HubSite.sqlite(), "[folder]\npath = \"in\"\ntaken = \"taken\"\nevery = \"100ms\"\n");
        Path stick = Files.createDirectories(folder.resolve("hub/in/works"));
        Files.writeString(stick.resolve("note.txt"), "no frame");
        Files.write(stick.resolve("000-broken.frame"), new byte[] {1, 2, 3});
        JsonNode site;
        try (EmbeddedBroker plant = new EmbeddedBroker()) {
            plant.start();
            site = caseOfTheSite(daemon(plant, "folder = \"" + stick + "\""), plant);
        }
        assertThat(stick.resolve("007-000000000000.frame")).exists();
        try (Hub running = Hub.start(config, InstantSource.system())) {
            await("taken")
                    .atMost(HubSite.PATIENCE)
                    .until(() -> Files.exists(folder.resolve("hub/taken/works/007-000000000000.frame")));
            await("refused")
                    .atMost(HubSite.PATIENCE)
                    .until(() -> Files.exists(stick.resolve("000-broken.frame.refused")));
            assertThat(running.failure()).isNotDone();
        }
        assertThat(stick.resolve("007-000000000000.frame")).doesNotExist();
        assertThat(stick.resolve("note.txt")).exists();
        assertTheSame(
                HubSite.objects(hub.said(ExitCode.DONE, "cases", "--site", "works", "--json"))
                        .getFirst(),
                site);
        StoreAddress store = HubFile.read(config).store();
        assertThat(FleetReport.cases(store, "mill", false, 10)).isEmpty();
        assertThat(FleetReport.sites(store, Map.of(), "2026-11", Instant.now())
                        .getFirst()
                        .refused())
                .isEqualTo(Map.of("other_version", 1L));
    }

    @Test
    void everyMistakeOfTheConfigurationAndOfTheSitesIsToldAtOnce() throws Exception {
        HubSite hub = new HubSite(folder.resolve("hub"));
        assertThat(wrong(hub.config(
                        "file = \"hub.db\"\npostgresql = \"postgres://db\"\nbatches = 3\n",
                        "[mqtt]\nbroker = \"mqtt://x\"\ntopic = \"a/#\"\n[https]\nlisten = \"8443\"\n",
                        "[folder]\nevery = \"soon\"\n")))
                .contains(
                        "file and postgresql are two stores",
                        "expected jdbc:postgresql://HOST",
                        "did you mean 'batch'?",
                        "expected tcp://HOST:PORT or ssl://HOST:PORT",
                        "expected HOST:PORT, such as \"0.0.0.0:8443\"",
                        "folder.path: missing",
                        "a duration such as")
                .doesNotContain("no way in");
        assertThat(wrong(hub.config(HubSite.sqlite()))).contains("there is no way in");
        assertThat(wrong(hub.config(HubSite.sqlite(), "[mqtt]\nbroker = \"tcp://x:1\"\ntopic = \"a/#\"\n")))
                .contains("mqtt.topic");
        hub.config(HubSite.sqlite(), "[folder]\npath = \"in\"\n");
        hub.site("works", "7 c3");
        hub.site("mill", KEY_LINE, "unit-1", "unit-1");
        assertThat(hub.said(ExitCode.CONFIGURATION, "check"))
                .contains("2 problems", "works.keys, line 1", "assets: found 2");
    }

    private static String wrong(Path config) {
        return String.valueOf(catchThrowableOfType(ConfigWrong.class, () -> HubFile.read(config))
                .getMessage());
    }

    @Test
    void theExampleIsRightAndSaysEveryDefault() throws Exception {
        try (var in = HubFile.class.getResourceAsStream("hub.toml.example")) {
            assertThat(in).isNotNull();
            String example = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Path as = Files.writeString(folder.resolve("example.toml"), example);
            Path least = Files.writeString(
                    folder.resolve("least.toml"),
                    "sites = \"/etc/penstock/sites\"\n[folder]\npath = \"/var/lib/penstock-hub/in\"\n");
            assertThat(HubFile.read(as)).isEqualTo(HubFile.read(least));
            Path all = Files.writeString(
                    folder.resolve("all.toml"),
                    example.replaceAll("(?m)^##.*$", "")
                            .replaceAll("(?m)^#(\\[|\\w+ = )", "$1")
                            .replace("file = \"/var/lib/penstock-hub/hub.db\"\n", "")
                            .replace("\"tariff.toml\"", "\"\""));
            HubSettings everything = HubFile.read(all);
            assertThat(everything.mqtt()).isNotNull();
            assertThat(everything.https()).isNotNull();
            assertThat(everything.publish()).isNotNull();
            assertThat(everything.store()).isInstanceOf(StoreAddress.Postgresql.class);
        }
    }
}
