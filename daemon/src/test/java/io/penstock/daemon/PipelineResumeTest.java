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
