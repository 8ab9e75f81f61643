package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @ParameterizedTest
    @ValueSource(strings = {"4096", "-1", "2147483647"})
    void aCaseThatNoSiteCanNameMakesNoCommand(String number) throws Exception {
        assertThat(command("evidence", "--out", folder.toString(), "--assets", "a,b", "--", "b", number))
                .contains("evidence of asset 2 case " + number + " is no command that a site takes");
        assertNothingWasMade();
    }

    @ParameterizedTest
    @CsvSource({"broker.example, site, tcp://HOST:PORT", "tcp://127.0.0.1:1, site/#, without + and #"})
    void aBrokerOrTopicThatIsNoneIsToldBeforeACounterIsUsed(String broker, String topic, String told) throws Exception {
        assertThat(command("hold", "--broker", broker, "--topic", topic, "--for=1h"))
                .contains(told)
                .contains("Usage: penstock uplink command");
        assertNothingWasMade();
    }

    private void assertNothingWasMade() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(keys);
        }
    }

    private String command(String name, String... more) {
        return HostileConsole.run(
                Stream.concat(Stream.of("uplink", "command", name, "--keys", keys.toString()), Stream.of(more))
                        .toArray(String[]::new));
    }

    private String hold(String time) {
        return HostileConsole.run(
                "uplink", "command", "hold", "--keys", keys.toString(), "--out", folder.toString(), "--for=" + time);
    }
}
