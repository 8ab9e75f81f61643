package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.fixtures.plant.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same recording gives the same diagnoses, always. */
class ReplayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final int SECONDS = 60;

    @TempDir
    Path folder;

    @Test
    void theSameRecordingGivesTheSameDiagnosesTwice() throws Exception {
        TestRecording recording = TestRecording.of(folder, Fault.BEARING_OUTER_RACE, 25, SECONDS);
        Path first = play(recording, "first");
        Path second = play(recording, "second");
        assertThat(TestRecording.diagnoses(first)).isNotEmpty().isEqualTo(TestRecording.diagnoses(second));
        assertThat(TestRecording.cases(first)).isNotEmpty().isEqualTo(TestRecording.cases(second));
        List<Diagnosis> diagnoses = Database.readOnly(first, c -> CaseStore.diagnoses(c, 10));
        assertThat(diagnoses)
                .singleElement()
                .satisfies(d -> assertThat(d.fault()).isEqualTo("bearing_outer_race"));
    }

    @Test
    void aHealthyRecordingGivesNoCase() throws Exception {
        Path store = play(TestRecording.of(folder, Fault.NONE, 0, SECONDS), "healthy");
        assertThat(TestRecording.cases(store)).isEmpty();
        assertThat(TestRecording.diagnoses(store)).isEmpty();
        // it did see the recording
        assertThat(TestRecording.rows(store)).isEqualTo(8 * (5 * SECONDS + 1) + 2 * SECONDS);
    }

    private Path play(TestRecording recording, String name) throws Exception {
        GatewaySettings settings = recording.settings(Files.createDirectory(folder.resolve(name)));
        try (Gateway gateway = Gateway.start(settings, InstantSource.system())) {
            await("the recording is played").atMost(PATIENCE).until(gateway::finished);
            assertThat(gateway.failure()).isNotDone();
        }
        return settings.store().file();
    }
}
