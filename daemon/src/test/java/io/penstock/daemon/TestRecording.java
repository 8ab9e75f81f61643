package io.penstock.daemon;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.fixtures.plant.Fault;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Playback;
import io.penstock.fixtures.plant.Recording;
import io.penstock.sensors.file.FileSourceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;

/** A recorded stream of the simulated unit, with the demonstration's own configuration to judge it by. */
record TestRecording(Path file, Path config) {
    private static final long START_MILLIS = 1_790_000_000_000L;

    /** @param fault begins at the given second */
    static TestRecording of(Path folder, Fault fault, int atSecond, int seconds) throws IOException {
        HydroUnit unit = new HydroUnit(7);
        if (fault != Fault.NONE) {
            unit.inject(fault, 1, atSecond);
        }
        Path file = folder.resolve("recording.jsonl");
        Recording.write(file, "unit-1", new Playback(unit, START_MILLIS), seconds);
        Files.writeString(folder.resolve("unit-1.toml"), demo("unit-1.toml"));
        Path config = Files.writeString(
                folder.resolve("penstock.toml"),
                demo("penstock.toml")
                        .replace("@MQTT@", "tcp://127.0.0.1:1883")
                        .replace("@OPCUA@", "opc.tcp://127.0.0.1:4840/plant"));
        return new TestRecording(file, config);
    }

    private static String demo(String name) throws IOException {
        try (InputStream in = TestRecording.class.getResourceAsStream("demo/" + name)) {
            if (in == null) {
                throw new IOException("demo/" + name + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Rules alone, the recording as the only source, the store in the folder. */
    GatewaySettings settings(Path folder) throws Exception {
        return ConfigFile.read(config).replaying(FileSourceSettings.of("recording", file, ""), folder, false);
    }

    /** Every version of every diagnosis, in their order; times of this machine's clock left out. */
    static List<String> diagnoses(Path store) throws Exception {
        return Database.readOnly(store, c -> CaseStore.diagnoses(c, 1_000)).stream()
                .sorted(Comparator.comparing(Diagnosis::id))
                .map(d -> d.toString().replace(d.timing().toString(), "untimed"))
                .toList();
    }

    /** Every case as stored: evidence with its values, times of the source and places in the journal. */
    static List<String> cases(Path store) throws Exception {
        return Database.readOnly(store, c -> CaseStore.cases(c, 1_000, false)).stream()
                .map(Object::toString)
                .sorted()
                .toList();
    }

    /** Readings in the journal. */
    static int rows(Path store) throws StoreFailed {
        return Database.readOnly(store, c -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery("SELECT count(*) FROM reading")) {
                return r.getInt(1);
            }
        });
    }
}
