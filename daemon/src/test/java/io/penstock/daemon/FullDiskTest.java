package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.fixtures.plant.Fault;
import io.penstock.sensors.file.FileSourceSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system that another program has filled: what a gateway sees when its disk is full. */
@Tag("fault")
class FullDiskTest {
    @TempDir
    Path folder;

    @Test
    void aFaultThatBeginsWhenTheDiskIsFullIsStillFoundAndAnnounced() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                shell("mount", "-t", "tmpfs", "-o", "size=36m", "tmpfs", disk.toString()) == 0,
                "a small file system can be mounted by root only: skipped");
        try {
            TestRecording recording = TestRecording.of(folder, Fault.BEARING_OUTER_RACE, 20, 120);
            // twelve times as fast as it was, so that the disk is full long before the fault begins
            FileSourceSettings paced = new FileSourceSettings("recording", recording.file(), "", Set.of(), 12.0);
            GatewaySettings settings = ConfigFile.read(recording.config()).replaying(paced, disk, false);
            Path store = settings.store().file();
            try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
                await("some readings")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> gateway.status().readings() >= 100);
                fillUp(disk.resolve("other"));
                await("the recording is played").atMost(Duration.ofSeconds(240)).until(gateway::finished);
                assertThat(gateway.status().sheds()).as("the disk was full").isPositive();
            }
            assertThat(TestRecording.cases(store)).hasSize(1);
            assertThat(TestRecording.diagnoses(store))
                    .isNotEmpty()
                    .last()
                    .asString()
                    .contains("bearing_outer_race");
        } finally {
            shell("umount", disk.toString());
        }
    }

    private static int shell(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static void fillUp(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[4_096]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }
}
