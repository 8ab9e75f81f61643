package io.penstock.daemon.cli;

import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command finds the configuration. */
class ConfigOption {
    private static final Path SYSTEM = Path.of("/etc/penstock/penstock.toml");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description =
                    "Configuration file (default: $PENSTOCK_CONFIG, ./penstock.toml, /etc/penstock/penstock.toml).")
    @Nullable
    Path config;

    Path configFile() {
        if (config != null) {
            return config;
        }
        String named = System.getenv("PENSTOCK_CONFIG");
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        Path here = Path.of("penstock.toml");
        return Files.exists(here) ? here : SYSTEM;
    }

    GatewaySettings settings() throws ConfigWrong, IOException {
        return ConfigFile.read(configFile());
    }
}
