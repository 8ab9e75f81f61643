package io.penstock.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit as systemd itself judges it. */
class UnitFileTest {
    private static final Path UNIT = Path.of("..", "systemd", "penstock.service");

    @TempDir
    Path folder;

    /** verify ends with 0 even on an unknown key and only prints it, so that any output is a failure. */
    @Test
    void systemdAcceptsTheUnitInSilence() throws Exception {
        Ran verify = Ran.program("systemd-analyze", "verify", unitWithAnExistingProgram());

        assertThat(verify).isEqualTo(new Ran(0, ""));
    }

    /** The scale runs from 0 to 100; an unhardened service has 96. */
    @Test
    void exposureIsAtMostTwenty() throws Exception {
        Ran security = Ran.program(
                "systemd-analyze", "security", "--offline=yes", "--threshold=20", unitWithAnExistingProgram());

        assertThat(security.exitCode()).as(security.output()).isZero();
    }

    @Test
    void wrongCommandLineAndWrongConfigurationAreNotTriedAgain() throws IOException {
        assertThat(Files.readAllLines(UNIT))
                .contains("Restart=on-failure", "RestartPreventExitStatus=2 3", "StartLimitIntervalSec=0");
    }

    /** The unit names a program that only an installed machine has. */
    private String unitWithAnExistingProgram() throws IOException {
        assumeTrue(
                Ran.has("systemd-analyze"),
                "skipped: systemd-analyze is not installed (Debian package systemd has it)");
        String unit = Files.readString(UNIT);
        assertThat(unit).contains("ExecStart=/usr/bin/penstock run");
        Path copy = folder.resolve("penstock.service");
        Files.writeString(copy, unit.replace("=/usr/bin/penstock ", "=/bin/true "));
        return copy.toString();
    }
}
