package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownlinkCommandTest {
    @TempDir
    Path folder;

    private Path keys;

    @BeforeEach
    void aKeyOfAnOperator() throws Exception {
        keys = Files.writeString(
                folder.resolve("works.commands"), HostileConsole.run("uplink", "key", "--role", "operator"));
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"178956971d", "721h", "31d", "90m", "-1h", "h", "8 hours"})
    void whatIsNoTimeOfWholeHoursMakesNoCommand(String time) {
        assertThat(hold(time)).contains("--for is " + time + ", expected whole hours or days up to 30d");
        assertThat(folder).isDirectoryNotContaining("glob:**.down");
    }

    @Test
    void hoursAndDaysUpToThirtyAreHeld() {
        assertThat(hold("0h")).contains("bytes");
        assertThat(hold("2d")).contains("48 h");
        assertThat(hold("30d")).contains("720 h");
    }

    private String hold(String time) {
        return HostileConsole.run(
                "uplink", "command", "hold", "--keys", keys.toString(), "--out", folder.toString(), "--for=" + time);
    }
}
