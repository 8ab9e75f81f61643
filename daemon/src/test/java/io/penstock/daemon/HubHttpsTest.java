package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.hub.FleetReport;
import io.penstock.daemon.hub.StoreAddress;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon and a hub that speak HTTPS with each other, both ways. */
class HubHttpsTest {
    private static final String FRAME_KEY = "7 " + "c3".repeat(44);
    private static final String COMMAND_KEY = "1 " + "5a".repeat(44);

    @TempDir
    Path folder;

    private Path secret(String name, String text) throws Exception {
        Path file = Files.writeString(folder.resolve(name), text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aCaseComesUpItsEvidenceIsAskedForAndComesToo() throws Exception {
        HubCertificates authority = HubCertificates.authority("Sites CA");
        HubCertificates ours = authority.issue("hub");
        HubCertificates works = authority.issue(TestSite.NAME);
        Path trust = authority.writeCertificate(folder.resolve("ca.pem"));
        HubSite site = new HubSite(folder.resolve("hub"));
        site.site(TestSite.NAME, FRAME_KEY, "pump-1");
        Path commands = Files.createDirectories(folder.resolve("hub/commands/" + TestSite.NAME));
        Path config = site.config(
                HubSite.sqlite(),
                "[https]\nlisten = \"127.0.0.1:0\"\ncommands = \"commands\"\ntrust_file = \"" + trust
                        + "\"\ncertificate_file = \"" + ours.writeCertificate(folder.resolve("hub.pem"))
                        + "\"\nkey_file = \"" + ours.writeKey(folder.resolve("hub.key")) + "\"\n");
        StoreAddress store = HubFile.read(config).store();
        secret("uplink.keys", FRAME_KEY);
        Path commandKeys = secret("command.keys", COMMAND_KEY + " viewer");
        try (Hub hub = Hub.start(config, InstantSource.system());
                EmbeddedBroker plant = new EmbeddedBroker()) {
            plant.start();
            String uplink = "[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\nbytes_per_month = \"100KiB\"\n"
                    + "command_keys = \"command.keys\"\nask = \"1s\"\nhttps = \"https://127.0.0.1:" + hub.httpsPort()
                    + "/v1/frames/works\"\ntrust_file = \"" + trust + "\"\ncertificate_file = \""
                    + works.writeCertificate(folder.resolve("works.pem")) + "\"\nkey_file = \""
                    + works.writeKey(folder.resolve("works.key")) + "\"\n";
            Path daemons = new TestSite(folder)
                    .config(new String[] {"pump-1"}, TestSite.mqtt(plant.uri()), TestSite.NO_MODELS, uplink);
            try (DaemonProcess daemon = DaemonProcess.start(daemons)) {
                await("subscribed").atMost(HubSite.PATIENCE).until(daemon::connected);
                try (PahoSide sensor = new PahoSide(plant.uri())) {
                    sensor.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
                }
                await("the case")
                        .atMost(HubSite.PATIENCE)
                        .until(() -> !cases(store).isEmpty());
                FleetCase told = cases(store).getFirst();
                assertThat(told.severity()).isEqualTo(Severity.ALARM);
                assertThat(told.evidence().getFirst().value()).isEqualTo(91);
                ask(commandKeys, commands, told.key().number());
                await("its evidence")
                        .atMost(HubSite.PATIENCE)
                        .until(() -> FleetReport.evidence(store, told).isPresent());
                await("the receipt").atMost(HubSite.PATIENCE).until(() -> isEmpty(commands));
                JsonNode evidence = FleetReport.evidence(store, told).orElseThrow();
                assertThat(evidence.path("asset").asText()).isEqualTo("pump-1");
                assertThat(evidence.path("severity").asText()).isEqualTo("alarm");
                assertThat(evidence.at("/evidence/0/limit").asDouble()).isEqualTo(80);
                assertThat(site.said(ExitCode.DONE, "evidence", "--site", TestSite.NAME, told.id()))
                        .contains("\"limit\"");
            }
            assertThat(hub.failure()).isNotDone();
        }
    }

    private static boolean isEmpty(Path commands) throws Exception {
        try (Stream<Path> files = Files.list(commands)) {
            return files.findAny().isEmpty();
        }
    }

    private static List<FleetCase> cases(StoreAddress store) throws Exception {
        return FleetReport.cases(store, TestSite.NAME, true, 10);
    }

    private void ask(Path keys, Path commands, int caseNumber) throws Exception {
        Path log = folder.resolve("downlink.txt");
        Process process = DaemonProcess.command(
                log,
                "uplink",
                "command",
                "evidence",
                "--keys",
                keys.toString(),
                "--out",
                commands.toString(),
                "--assets",
                "pump-1",
                "pump-1",
                Integer.toString(caseNumber));
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(ExitCode.DONE);
    }

    @Test
    void whatAGatewayTellsOfItselfIsShownWithItsSite() throws Exception {
        HubSite site = new HubSite(folder.resolve("hub"));
        site.site(TestSite.NAME, FRAME_KEY, "pump-1");
        secret("uplink.keys", FRAME_KEY);
        Path in = Files.createDirectories(folder.resolve("hub/in/works"));
        Path config = site.config(HubSite.sqlite(), "[folder]\npath = \"in\"\nevery = \"100ms\"\n");
        StoreAddress store = HubFile.read(config).store();
        try (Hub hub = Hub.start(config, InstantSource.system());
                EmbeddedBroker plant = new EmbeddedBroker()) {
            plant.start();
            Path daemons = new TestSite(folder)
                    .config(
                            new String[] {"pump-1"},
                            TestSite.mqtt(plant.uri()),
                            TestSite.NO_MODELS,
                            "[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\nbytes_per_month = \"20KiB\"\n"
                                    + "health = \"1s\"\nhold = \"0s\"\nfolder = \"" + in + "\"\n");
            try (DaemonProcess daemon = DaemonProcess.start(daemons)) {
                await("heard").atMost(HubSite.PATIENCE).until(() -> gateway(store) != null);
                assertThat(daemon.handle().isAlive()).isTrue();
            }
            assertThat(hub.failure()).isNotDone();
        }
        JsonNode said = gateway(store);
        assertThat(said).isNotNull();
        assertThat(said.path("sources").asInt()).isEqualTo(1);
        assertThat(site.said(ExitCode.DONE, "sites")).contains("works", "heard", "of 1 sources down");
    }

    private static @Nullable JsonNode gateway(StoreAddress store) throws Exception {
        return FleetReport.sites(store, Map.of(), "2026-11", Instant.now()).stream()
                .filter(line -> line.site().equals(TestSite.NAME))
                .map(FleetReport.SiteLine::gateway)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
