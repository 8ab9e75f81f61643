package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A real gateway on a recording of a pump, asked and ordered by the real commands. */
class BaselineCommandTest {
    private static final int ROWS = 200;

    @TempDir
    Path folder;

    private Path config;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void site() throws Exception {
        Random random = new Random(2);
        StringBuilder table = new StringBuilder("time,power_kw,flow_m3_s\n");
        for (int i = 0; i < ROWS; i++) {
            table.append(String.format(
                    Locale.ROOT,
                    "2026-01-01T00:%02d:%02dZ,%.3f,%.4f%n",
                    i / 60,
                    i % 60,
                    (i < 150 ? 10 : 30) + 0.1 * random.nextGaussian(),
                    0.4 + 0.01 * random.nextGaussian()));
        }
        Files.writeString(folder.resolve("day.csv"), table);
        Files.writeString(folder.resolve("pump-1.toml"), """
                [asset]
                id = "pump-1"
                kind = "centrifugal_pump"
                [asset.operating_point]
                channel = "power_kw"
                edges = [20]
                settle = "10s"
                [[channel]]
                id = "power_kw"
                quantity = "power"
                unit = "kW"
                [[channel]]
                id = "flow_m3_s"
                quantity = "flow"
                unit = "m3/s"
                """);
        config = Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["pump-1.toml"]
                [site]
                name = "test"
                [store]
                file = "p.db"
                [health]
                socket = "s"
                [[replay]]
                name = "day"
                file = "day.csv"
                asset = "pump-1"
                [detect]
                baseline_vectors = 100
                [route]
                semantic = false
                [infer]
                enabled = false
                """);
    }

    private int penstock(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine root = PenstockCommand.commandLine();
        root.setOut(new PrintWriter(out, true));
        root.setErr(new PrintWriter(err, true));
        return root.execute(arguments);
    }

    private int baseline(String verb, String... more) {
        String[] arguments = new String[5 + more.length];
        System.arraycopy(new String[] {"baseline", verb, "pump-1", "--config", config.toString()}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return penstock(arguments);
    }

    @Test
    void theRunningDaemonCarriesOrdersOutAndShowTellsWhatCameOfThem() throws Exception {
        GatewaySettings settings = ConfigFile.read(config);
        try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
            await().atMost(Duration.ofSeconds(30)).until(gateway::finished);

            assertThat(baseline("freeze")).as(err.toString()).isEqualTo(ExitCode.DONE);
            assertThat(out.toString()).startsWith("done: freeze pump-1, asked by " + System.getProperty("user.name"));
            assertThat(baseline("show")).isEqualTo(ExitCode.DONE);
            assertThat(out.toString().lines().filter(l -> l.contains("state")))
                    .hasSize(4)
                    .first()
                    .asString()
                    .contains("below 20 kW", "power_kw", "yes", "100", "2026-01-01");
            assertThat(out.toString().lines().filter(l -> l.contains("20 kW and more")))
                    .hasSize(4)
                    .allSatisfy(line -> assertThat(line).contains(" no ", "0 of 100"));

            assertThat(baseline("relearn")).isEqualTo(ExitCode.DONE);
            assertThat(baseline("show", "--json")).isEqualTo(ExitCode.DONE);
            assertThat(out.toString().lines())
                    .hasSize(8)
                    .allSatisfy(line -> assertThat(line).contains("\"learned\":false", "\"mean\":null"));

            assertThat(baseline("learn")).isEqualTo(ExitCode.DONE);
        }
        assertThat(folder.resolve("p.db.orders")).isEmptyDirectory();
    }

    @Test
    void withoutADaemonAnOrderIsTakenBackAndSaysSo() throws Exception {
        Files.createDirectory(folder.resolve("p.db.orders"));
        assertThat(baseline("relearn", "--wait", "100ms")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("taken back", "nothing was changed");
        assertThat(folder.resolve("p.db.orders")).isEmptyDirectory();
    }

    @Test
    void aMachineNobodyKnowsIsNamedWithThoseThereAre() {
        assertThat(penstock("baseline", "freeze", "pump-2", "--config", config.toString()))
                .isEqualTo(ExitCode.NOTHING_FOUND);
        assertThat(err.toString()).contains("pump-2", "[pump-1]");
        assertThat(baseline("learn")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("there is no such folder");
    }
}
