package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.store.Database;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseMemoryTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(3);

    @TempDir
    Path folder;

    /** Every text means the same to it. */
    private static final class Asked implements TextEmbedder {
        final List<String> texts = new ArrayList<>();
        final Set<Duration> deadlines = new HashSet<>();
        boolean down;

        @Override
        public float[] embed(String text, Duration deadline) throws ModelUnavailable {
            if (down) {
                throw new ModelUnavailable(ModelUnavailable.Reason.DIED, "it is down");
            }
            texts.add(text);
            deadlines.add(deadline);
            return new float[] {1, 0};
        }

        @Override
        public void close() {
            // it holds nothing
        }
    }

    @Test
    void aTextIsEmbeddedOnceWithinTheDeadlineThatIsInForceAndWithoutEmbedderSymptomsDecide() throws Exception {
        SymptomMatrix pump = ShippedMatrices.of("centrifugal_pump");
        CaseRecord hot = Evidence.record(pump, Evidence.lines("bearing_temperature_high"));
        CaseRecord rough = Evidence.record(pump, Evidence.lines("order_1x_high", "bearing_temperature_high"));
        Asked embedder = new Asked();
        try (Database database = Database.open(folder.resolve("p.db"))) {
            CaseMemory memory = new CaseMemory(database, embedder);
            assertThat(memory.nearestInMeaning(hot, pump, SHORT)).isNotEmpty();
            assertThat(embedder.texts).doesNotHaveDuplicates().hasSizeGreaterThan(5);
            assertThat(embedder.deadlines).containsExactly(SHORT);
            int before = embedder.texts.size();

            assertThat(memory.nearestInMeaning(rough, pump, LONG)).isNotEmpty();
            assertThat(embedder.deadlines).containsExactlyInAnyOrder(SHORT, LONG);
            assertThat(embedder.texts).hasSize(before + 1).doesNotHaveDuplicates();

            embedder.down = true;
            CaseMemory cold = new CaseMemory(database, embedder);
            assertThat(cold.nearestInMeaning(hot, pump, SHORT)).isEqualTo(cold.nearest(hot, pump));
        }
    }
}
