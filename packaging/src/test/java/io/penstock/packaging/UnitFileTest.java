package io.penstock.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units as systemd itself judges them. */
class UnitFileTest {
    private static final Path FOLDER = Path.of("..", "systemd");

    @TempDir
    Path folder;

    /** verify ends with 0 even on an unknown key and only prints it, so that any output is a failure. */
    @ParameterizedTest
    @ValueSource(strings = {"penstock.service", "penstock-hub.service"})
    void systemdAcceptsTheUnitInSilence(String unit) throws Exception {
        Ran verify = Ran.program("systemd-analyze", "verify", withAnExistingProgram(unit));

        assertThat(verify).isEqualTo(new Ran(0, ""));
    }

    /** The scale runs from 0 to 100; an unhardened service has 96. */
    @ParameterizedTest
    @ValueSource(strings = {"penstock.service", "penstock-hub.service"})
    void exposureIsAtMostTwenty(String unit) throws Exception {
        Ran security = Ran.program(
                "systemd-analyze", "security", "--offline=yes", "--threshold=20", withAnExistingProgram(unit));

        assertThat(security.exitCode()).as(security.output()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"penstock.service", "penstock-hub.service"})
    void wrongCommandLineAndWrongConfigurationAreNotTriedAgain(String unit) throws IOException {
        assertThat(Files.readAllLines(FOLDER.resolve(unit)))
                .contains("Restart=on-failure", "RestartPreventExitStatus=2 3", "StartLimitIntervalSec=0");
    }

    /** The unit names a program that only an installed machine has. */
    private String withAnExistingProgram(String name) throws IOException {
        assumeTrue(
                Ran.has("systemd-analyze"),
                "skipped: systemd-analyze is not installed (Debian package systemd has it)");
        String unit = Files.readString(FOLDER.resolve(name));
        assertThat(unit).containsPattern("ExecStart=/usr/bin/penstock (hub )?run");
        Path copy = folder.resolve(name);
        Files.writeString(copy, unit.replace("=/usr/bin/penstock ", "=/bin/true "));
        return copy.toString();
    }
}
