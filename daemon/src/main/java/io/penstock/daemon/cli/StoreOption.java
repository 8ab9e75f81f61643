package io.penstock.daemon.cli;

import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.GatewaySettings;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command finds the configuration and the store. */
final class StoreOption extends ConfigOption {
    @Option(
            names = "--db",
            paramLabel = "FILE",
            description = "The store, a SQLite file, instead of the configuration's.")
    @Nullable
    Path db;

    Path store() throws ConfigWrong, IOException {
        return db != null ? db : store(settings());
    }

    Path store(GatewaySettings settings) {
        return db != null ? db : settings.store().file();
    }
}
