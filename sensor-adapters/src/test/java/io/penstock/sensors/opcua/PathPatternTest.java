package io.penstock.sensors.opcua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.sensors.reading.ChannelId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathPatternTest {
    /** The channels that a path of browse names ends in. */
    private static List<ChannelId> channels(PathPattern pattern, String path) {
        List<PathPattern.Place> places = List.of(pattern.start());
        for (String name : path.split("/")) {
            List<PathPattern.Place> next = new ArrayList<>();
            places.forEach(place -> next.addAll(pattern.below(place, name)));
            places = next;
        }
        return places.stream().filter(pattern::isEnd).map(pattern::channel).toList();
    }

    private static boolean fits(String pattern, String path) {
        return !channels(new PathPattern(pattern, "a", "c"), path).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Plant/*/Vibration*, Plant/unit-1/VibrationDE, true",
        "Objects/Plant/*/Vibration*, Plant/unit-1/Vibration, true",
        "/Plant/unit-?/Speed, Plant/unit-1/Speed, true",
        "Plant/*/Vibration*, Plant/unit-1/Speed, false",
        "Plant/*/Vibration*, Plant/unit-1/sub/VibrationDE, false",
        "Plant/*, Plant, false",
        "**/Speed, Speed, true",
        "**/Speed, a/b/c/Speed, true",
        "Plant/**/Speed, Plant/Speed, true",
        "Plant/**/Speed, Plant/a/b/Speed, true",
        "Plant/**/Speed, Works/a/Speed, false",
        "Plant/a.c, Plant/abc, false",
        "Plant/unit-?, Plant/unit-, false",
    })
    void pathsFitNameByName(String pattern, String path, boolean fits) {
        assertThat(fits(pattern, path)).isEqualTo(fits);
    }

    @Test
    void placeholdersBecomeAssetAndChannel() {
        PathPattern pattern = new PathPattern("Plant/{unit}/Vibration{place}", "hydro-{unit}", "vibration_{place}");
        assertThat(channels(pattern, "Plant/7/VibrationDE")).containsExactly(new ChannelId("hydro-7", "vibration_DE"));
        assertThat(channels(pattern, "Plant/7/Vibration")).isEmpty();
    }

    @Test
    void plantNamesAreTakenAsTheyAreEvenWhereTheyLookLikeReplacements() {
        PathPattern pattern = new PathPattern("{asset}/{channel}", "{asset}", "{channel}");
        assertThat(channels(pattern, "$1/{asset}")).containsExactly(new ChannelId("$1", "{asset}"));
    }

    @Test
    void patternsThatCannotWorkAreRefusedWithTheReason() {
        assertThatThrownBy(() -> new PathPattern("Plant/**", "a", "c")).hasMessageContaining("ends with **");
        assertThatThrownBy(() -> new PathPattern("Plant//x", "a", "c")).hasMessageContaining("empty level");
        assertThatThrownBy(() -> new PathPattern("Plant/*", "{asset}", "c"))
                .hasMessageContaining("wants {asset}")
                .hasMessageContaining("Plant/*");
        assertThatThrownBy(() -> new PathPattern("{a}/{a}", "{a}", "c")).hasMessageContaining("twice");
    }
}
