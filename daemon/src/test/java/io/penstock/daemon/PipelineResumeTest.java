package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.plant.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wherever the gateway stops in a recording, it goes on to the same cases as if it had never stopped. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PipelineResumeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final int SECONDS = 45;
    private static final int READINGS = 8 * (5 * SECONDS + 1) + 2 * SECONDS;

    private Path folder;

    private TestRecording recording;
    private List<String> uninterrupted;
    private List<String> uninterruptedDiagnoses;

    @BeforeAll
    void withoutAnInterruption(@TempDir Path shared) throws Exception {
        folder = shared;
        recording = TestRecording.of(folder, Fault.BEARING_OUTER_RACE, 20, SECONDS);
        GatewaySettings settings = settings("uninterrupted");
        play(settings);
        uninterrupted = TestRecording.cases(settings.store().file());
        uninterruptedDiagnoses = TestRecording.diagnoses(settings.store().file());
        assertThat(uninterrupted).hasSize(1);
        assertThat(TestRecording.rows(settings.store().file())).isEqualTo(READINGS);
    }

    /** Learning, just before the fault, while the case gathers evidence, and later. */
    @ParameterizedTest
    @ValueSource(ints = {1, 300, 700, 850, 950, 1_050, 1_150, 1_400, 1_800})
    void stoppedAndStartedAgainTheCasesAreTheSame(int readings) throws Exception {
        GatewaySettings settings = settings("stopped-at-" + readings);
        try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
            await("so far")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> gateway.status().readings() >= readings);
        }
        play(settings);
        assertTheSame(settings.store().file());
    }

    /** What a kill leaves is what lies on the disk at that moment: a copy of it, taken while the gateway runs on. */
    @Test
    void whatAKillLeavesAtAnyTimeGoesOnToTheSameCases() throws Exception {
        GatewaySettings victim = settings("victim");
        Path store = victim.store().file();
        int[] points = {200, 900, 1_050, 1_300};
        try (Gateway gateway = Gateway.start(victim, InstantSource.system())) {
            for (int point : points) {
                await("so far")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> gateway.status().readings() >= point);
                Path left = settings("killed-at-" + point).store().file();
                // one reading transaction: the state a kill between two commits leaves
                Database.readOnly(store, c -> {
                    try (var s = c.createStatement()) {
                        s.executeUpdate("VACUUM INTO '" + left + "'");
                    }
                    return true;
                });
            }
        }
        for (int point : points) {
            GatewaySettings settings = settings("killed-at-" + point);
            play(settings);
            assertTheSame(settings.store().file());
        }
    }

    private void assertTheSame(Path store) throws Exception {
        assertThat(TestRecording.rows(store)).isEqualTo(READINGS);
        assertThat(TestRecording.cases(store)).isEqualTo(uninterrupted);
        assertThat(TestRecording.diagnoses(store)).isEqualTo(uninterruptedDiagnoses);
        assertThat(minutes(store, MERGED)).as("each reading tallied once").isEqualTo(minutes(store, FROM_RAW));
    }

    private static final String MERGED = "SELECT channel, start, count, least, most FROM aggregate"
            + " WHERE span = 60 AND peak IS NULL ORDER BY 1, 2";
    private static final String FROM_RAW = "SELECT channel, source_time / 60000000 * 60000000 AS start, count(*),"
            + " min(value), max(value) FROM reading WHERE quality < 2 AND value IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2";

    private static List<String> minutes(Path store, String sql) throws Exception {
        return Database.readOnly(store, c -> {
            List<String> rows = new ArrayList<>();
            try (var s = c.createStatement();
                    var r = s.executeQuery(sql)) {
                while (r.next()) {
                    StringBuilder row = new StringBuilder();
                    for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
                        row.append(r.getString(i)).append(' ');
                    }
                    rows.add(row.toString());
                }
            }
            assertThat(rows).isNotEmpty();
            return rows;
        });
    }

    private GatewaySettings settings(String name) throws Exception {
        return recording.settings(Files.createDirectories(folder.resolve(name)));
    }

    private static void play(GatewaySettings settings) throws Exception {
        try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
            await("the recording is played").atMost(PATIENCE).until(gateway::finished);
        }
    }
}
