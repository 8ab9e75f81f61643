package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** @see HealthyMonth */
class HealthyMonthTest {
    @TempDir
    Path folder;

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void thirtyHealthyDaysOpenAtMostOneCaseInTen(long seed) throws Exception {
        HealthyMonth month = new HealthyMonth(folder, seed).play();
        assertThat(month.learned())
                .filteredOn(line -> line.detector().equals("state"))
                .as("every operating point was learned, so the silence means something")
                .allMatch(line -> line.learned());
        assertThat(month.story()).as(month.toString()).hasSizeLessThanOrEqualTo(3);
    }
}
