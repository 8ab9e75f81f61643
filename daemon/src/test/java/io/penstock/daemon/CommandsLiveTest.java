package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.uplink.Command;
import io.penstock.daemon.uplink.CommandKey;
import io.penstock.daemon.uplink.Downlink;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.fixtures.broker.EmbeddedBroker;
import io.penstock.fixtures.modem.SatelliteNetwork;
import io.penstock.fixtures.modem.SimulatedModem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands down the link to the daemon as it is shipped, made by the hub's command line. */
class CommandsLiveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    private TestSite site;
    private Path stick;
    private Path commandKeys;
    private Path signer;

    @BeforeEach
    void keys() throws Exception {
        site = new TestSite(folder);
        stick = Files.createDirectory(folder.resolve("stick"));
        secret("uplink.keys", "7 " + "c3".repeat(44));
        commandKeys = secret("commands.keys", "8 " + "d4".repeat(44) + " owner");
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        signer = secret("signer.pem", pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        secret("signer.pub", pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    }

    private static String pem(String type, byte[] bytes) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + type
                + "-----";
    }

    private Path secret(String name, String text) throws Exception {
        Path file = Files.writeString(folder.resolve(name), text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Path config(EmbeddedBroker broker, String link) throws Exception {
        return site.config(
                new String[] {"pump-1", "pump-2"},
                TestSite.mqtt(broker.uri()),
                TestSite.NO_MODELS,
                "[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\nbytes_per_month = \"20KiB\"\n"
                        + "command_keys = \"commands.keys\"\ncommand_signer = \"signer.pub\"\n" + link + "\n");
    }

    private void command(String... words) {
        List<String> line = new ArrayList<>(List.of("uplink", "command", words[0]));
        line.addAll(List.of("--keys", commandKeys.toString(), "--out", stick.toString()));
        line.addAll(List.of(words).subList(1, words.length));
        assertThat(PenstockCommand.run(line.toArray(String[]::new))).isEqualTo(ExitCode.DONE);
    }

    private void change(int number, String text) throws Exception {
        Path delta = Files.writeString(folder.resolve("change.toml"), text);
        String of = Integer.toString(number);
        command("config", "--site", TestSite.NAME, "--number", of, "--signer", signer.toString(), delta.toString());
    }

    private String said(String... words) throws Exception {
        Path log = Files.createTempFile(folder, "said", ".txt");
        Process process = DaemonProcess.command(log, words);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return Files.readString(log);
    }

    private List<Downlink.Heard> heard() throws Exception {
        return Database.readOnly(site.store(), c -> Downlink.heard(c, 100));
    }

    private static void alarm(EmbeddedBroker broker) throws Exception {
        try (PahoSide plant = new PahoSide(broker.uri())) {
            plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
        }
    }

    private long frames() throws Exception {
        try (var files = Files.list(stick)) {
            return files.filter(file -> file.toString().endsWith(".frame")).count();
        }
    }

    @Test
    void evidenceThatIsAskedForComesAndAConfigurationIsChangedOnTrial() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            Path config = config(broker, "folder = \"stick\"");
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                String before = daemon.status().path("configuration").toString();
                alarm(broker);
                await("a summary").atMost(PATIENCE).until(() -> frames() == 1);
                int number = Database.readOnly(site.store(), c -> {
                    try (var s = c.createStatement();
                            var r = s.executeQuery("SELECT opened_time FROM asset_case")) {
                        return Summaries.caseNumber(r.getLong(1));
                    }
                });
                command("evidence", "--assets", "pump-1,pump-2", "pump-1", Integer.toString(number));
                await("receipt and sheet").atMost(PATIENCE).until(() -> frames() == 3);

                change(1, "[store]\nfile = \"/elsewhere.db\"\n");
                change(2, "[cases]\nclose_after = \"a while\"\n");
                change(3, "[cases]\nclose_after = \"7m\"\n");
                await("taken up")
                        .atMost(PATIENCE)
                        .until(() ->
                                ConfigFile.read(config).cases().closeAfter().toMinutes() == 7
                                        && !daemon.status()
                                                .path("configuration")
                                                .toString()
                                                .equals(before));
                await("all are heard").atMost(PATIENCE).until(() -> heard().size() == 7);
                daemon.stop();
            }
        }
        assertThat(heard().reversed())
                .extracting(Downlink.Heard::verdict)
                .containsExactly("DONE", "WAITS", "REFUSED", "WAITS", "REFUSED", "WAITS", "DONE");
        assertThat(said(
                        "uplink",
                        "commands",
                        "--config",
                        folder.resolve("penstock.toml").toString()))
                .contains("evidence of asset 1", "store.file is not changed from afar", "close_after", "owner");
        assertThat(Files.readString(folder.resolve("penstock.toml"))).doesNotContain("7m");
        assertThat(said(
                        "uplink",
                        "decode",
                        "--keys",
                        folder.resolve("uplink.keys").toString(),
                        "--assets",
                        "pump-1,pump-2",
                        stick.toString()))
                .contains(
                        "pump-1 case",
                        "evidence, sheet {\"case\":\"pump-1",
                        "\"value\":91.0",
                        "receipt",
                        "verdict done");
    }

    @Test
    void aModemsMailboxBringsACommandAlongWithAnAlarmsFrame() throws Exception {
        SatelliteNetwork network = new SatelliteNetwork(50, 1);
        CommandKey key = Objects.requireNonNull(CommandKey.read(commandKeys).get(8));
        network.mail(FrameSeal.seal(key.key(), 5, new Command.Hold(3).encoded(), FrameSeal.Way.DOWN));
        try (EmbeddedBroker broker = new EmbeddedBroker();
                SimulatedModem modem = SimulatedModem.atSerialDevice(network)) {
            broker.start();
            Path config = config(broker, "modem = \"" + modem.device() + "\"");
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                alarm(broker);
                await("carried").atMost(PATIENCE).until(() -> !network.carried().isEmpty());
                await("held")
                        .atMost(PATIENCE)
                        .until(() -> daemon.status().path("uplink").asText().contains("paused by a command until"));
                daemon.stop();
            }
        }
        assertThat(network.carried()).hasSize(1);
        assertThat(network.carried().getFirst()).hasSizeLessThanOrEqualTo(48);
        assertThat(network.credits()).isEqualTo(2);
        assertThat(heard()).extracting(Downlink.Heard::command).containsExactly("hold for 3 h");
    }
}
