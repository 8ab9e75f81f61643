package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayStartTest {
    @TempDir
    Path folder;

    @Test
    void withoutAPlaceForTheStatusSocketTheDaemonStillDoesItsWork() throws Exception {
        Files.writeString(folder.resolve("pump.toml"), """
                [asset]
                id = "pump-1"
                kind = "centrifugal_pump"
                [[channel]]
                id = "pressure"
                quantity = "pressure"
                unit = "bar"
                """);
        Files.writeString(
                folder.resolve("day.csv"), "time,pressure\n2026-11-22T10:00:00Z,4.1\n2026-11-22T10:00:01Z,4.2\n");
        Path config = Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["pump.toml"]
                [site]
                name = "test"
                [store]
                file = "penstock.db"
                [[replay]]
                file = "day.csv"
                asset = "pump-1"
                [infer]
                enabled = false
                [route]
                semantic = false
                [health]
                socket = "no-such-folder/penstock.sock"
                """);
        GatewaySettings settings = ConfigFile.read(config);
        try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
            await().atMost(Duration.ofSeconds(60)).until(gateway::finished);
            assertThat(gateway.status().readings()).isEqualTo(2);
        }
    }
}
