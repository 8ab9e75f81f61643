package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code penstock hub example > hub.toml} and its like: what a process prints is there when it has ended, to the last byte. */
class ExampleFilesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "hub example, config/hub.toml.example",
        "uplink tariff, config/tariff.toml.example",
        "economics --example, economics/economics.toml.example"
    })
    void whatAnExampleCommandPrintsIsTheWholeFile(String line, String resource) throws Exception {
        Path file = folder.resolve("example.toml");
        Process process = DaemonProcess.command(file, line.split(" "));
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isZero();
        try (InputStream in = ExampleFilesTest.class.getResourceAsStream("/io/penstock/daemon/" + resource)) {
            assertThat(in).as(resource).isNotNull();
            assertThat(Files.readAllBytes(file)).isEqualTo(in.readAllBytes());
        }
    }
}
