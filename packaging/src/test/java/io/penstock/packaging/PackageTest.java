package io.penstock.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built package, unpacked into a folder: it must run from there, on its own Java, without anything of the build. */
@Tag("package")
class PackageTest {
    private static final Path DEB = Path.of(System.getProperty("penstock.deb", ""));
    /** A clean start takes about a second; a machine under load takes longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path root;

    @BeforeAll
    static void unpack() throws Exception {
        assumeTrue(Ran.has("dpkg-deb"), "skipped: dpkg-deb is not installed (Debian package dpkg has it)");
        assertThat(Ran.program("dpkg-deb", "-x", DEB.toString(), root.toString()))
                .isEqualTo(new Ran(0, ""));
    }

    @Test
    void tellsItsVersion() throws Exception {
        Ran version = Ran.program(penstock(), "--version");

        assertThat(version.exitCode()).as(version.output()).isZero();
        assertThat(version.output()).contains("0.1.0");
    }

    @Test
    void wrongCommandEndsWithTwo() throws Exception {
        assertThat(Ran.program(penstock(), "no-such-command").exitCode()).isEqualTo(2);
    }

    /** What the unit's RestartPreventExitStatus relies on. */
    @Test
    void wrongConfigurationEndsWithThree(@TempDir Path folder) throws Exception {
        Path wrong = Files.writeString(folder.resolve("penstock.toml"), "no_such_key = 1\n");

        Ran run = Ran.program(penstock(), "run", "--config", wrong.toString());

        assertThat(run.exitCode()).as(run.output()).isEqualTo(3);
        assertThat(run.output()).contains("no_such_key");
    }

    @Test
    void exampleConfigurationIsAcceptedAsItIs() throws Exception {
        Ran check = Ran.program(
                penstock(),
                "config",
                "check",
                "--config",
                root.resolve("etc/penstock/penstock.toml").toString());

        assertThat(check.exitCode()).as(check.output()).isZero();
    }

    /** The hub's example names folders of an installed machine: those are put into this one. */
    @Test
    void hubIsThereWithItsConfigurationAndItsUnit(@TempDir Path folder) throws Exception {
        assertThat(root.resolve("usr/lib/systemd/system/penstock-hub.service")).exists();
        Path sites = Files.createDirectories(folder.resolve("sites"));
        Path config = Files.writeString(
                folder.resolve("hub.toml"),
                Files.readString(root.resolve("etc/penstock/hub.toml"))
                        .replace("/etc/penstock/sites", sites.toString())
                        .replace("/var/lib/penstock-hub", folder.toString()));

        Ran check = Ran.program(penstock(), "hub", "check", "--config", config.toString());
        Ran bench = Ran.program(
                penstock(), "bench", "hub", "--sites", "10", "--frames", "200", "--disk", folder.toString());

        assertThat(check.exitCode()).as(check.output()).isZero();
        assertThat(bench.exitCode()).as(bench.output()).isZero();
    }

    /** 0: all is here; 1: something is missing, and said; 3: there is no configuration yet. Anything else is a crash. */
    @Test
    void doctorSpeaksOfSqliteAndModels() throws Exception {
        Ran doctor = Ran.program(penstock(), "doctor");

        assertThat(doctor.exitCode()).as(doctor.output()).isIn(0, 1, 3);
        assertThat(doctor.output()).containsIgnoringCase("model").doesNotContain("Exception", "UnsatisfiedLinkError");
    }

    @Test
    void nativeLibrariesOfOtherPlatformsAreLeftOut() throws IOException {
        try (var files = Files.walk(root)) {
            assertThat(files.map(Path::toString))
                    .noneMatch(name -> name.endsWith(".dll") || name.endsWith(".dylib"))
                    .anyMatch(name -> name.endsWith("/natives/libsqlitejdbc.so"))
                    .anyMatch(name -> name.endsWith("/libllama.v0.5.0.so"));
        }
    }

    @Test
    void controlScriptsAreWholeAndExecutable(@TempDir Path control) throws Exception {
        assertThat(Ran.program("dpkg-deb", "-e", DEB.toString(), control.toString())
                        .exitCode())
                .isZero();
        for (String script : List.of("postinst", "prerm", "postrm")) {
            assertThat(control.resolve(script)).isExecutable();
            assertThat(Ran.program("sh", "-n", control.resolve(script).toString()))
                    .isEqualTo(new Ran(0, ""));
        }
        assertThat(Files.readString(control.resolve("control"))).doesNotContain("[[");
        assertThat(Files.readAllLines(control.resolve("conffiles")))
                .containsExactlyInAnyOrder(
                        "/etc/penstock/penstock.toml", "/etc/penstock/unit-1.toml", "/etc/penstock/hub.toml");
    }

    /** What the unit does, by hand: the daemon in the foreground, told to stop by a signal. */
    @Test
    void runsInTheForegroundUntilToldToStop(@TempDir Path state) throws Exception {
        Path config = state.resolve("penstock.toml");
        Ran init = Ran.program(penstock(), "init", state.toString());
        assertThat(init.exitCode()).as(init.output()).isZero();
        Files.writeString(config, Files.readString(config).replace("/var/lib/penstock", state.toString()));
        Path log = state.resolve("log.txt");

        ProcessBuilder builder = new ProcessBuilder(penstock(), "run", "--config", config.toString());
        Map<String, String> environment = builder.environment();
        environment.put("XDG_CACHE_HOME", state.resolve("cache").toString());
        Process daemon = builder.directory(state.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().atMost(PATIENCE).until(() -> !daemon.isAlive() || databaseExists(state));
            assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
        } finally {
            daemon.destroy();
            if (!daemon.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                daemon.destroyForcibly().waitFor();
            }
        }
        // 128 + SIGTERM, or 0 where the daemon ends by itself after draining
        assertThat(daemon.exitValue()).as(Files.readString(log)).isIn(0, 143);
    }

    private static boolean databaseExists(Path state) throws IOException {
        try (var files = Files.walk(state)) {
            return files.anyMatch(file -> file.toString().endsWith(".db"));
        }
    }

    private static String penstock() {
        return root.resolve("usr/bin/penstock").toString();
    }
}
