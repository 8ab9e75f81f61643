package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.OperatingPoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssetFileTest {
    @TempDir
    Path folder;

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("a.toml"), text);
    }

    @Test
    void theLeastACheckWritesIsEnough() throws Exception {
        Asset asset = AssetFile.read(file("""
                [asset]
                id = "rig-1"
                kind = "induction_motor"
                rated_rpm = 1772
                [[channel]]
                id = "DE"
                quantity = "acceleration"
                unit = "g"
                rate_hz = 12000
                [[bearing]]
                id = "DE"
                channel = "DE"
                balls = 9
                ball_diameter_mm = 7.94
                pitch_diameter_mm = 39.04
                contact_angle_deg = 0
                """));
        assertThat(asset.id()).isEqualTo("rig-1");
        assertThat(asset.channels().getFirst().isWaveform()).isTrue();
        assertThat(asset.bearings().getFirst().outerOrder()).isBetween(3.58, 3.59);
    }

    @Test
    void operatingPointsAndTheFastestChangeAreRead() throws Exception {
        String text = """
                [asset]
                id = "rig-1"
                kind = "fan"
                operating_point = {channel = "power", edges = [20, 40.5], settle = "5m"}
                [[channel]]
                id = "power"
                quantity = "power"
                unit = "kW"
                max_rate_per_s = 2.5
                """;
        Asset asset = AssetFile.read(file(text));
        assertThat(asset.operatingPoints())
                .isEqualTo(new OperatingPoints("power", List.of(20.0, 40.5), Duration.ofMinutes(5)));
        assertThat(asset.channels().getFirst().maxRatePerS()).hasValue(2.5);
        assertThatThrownBy(() -> AssetFile.read(
                        file(text.replace("\"power\", edges = [20, 40.5]", "\"powr\", edges = [40, 20]"))))
                .hasMessageContaining("powr")
                .hasMessageContaining("did you mean 'power'")
                .hasMessageContaining("rising numbers");
    }

    @Test
    void allMistakesAreToldAtOnceWithLineAndNearestSpelling() throws Exception {
        Path file = file("""
                [asset]
                id = "rig-1"
                kid = "induction_motor"
                [[channel]]
                id = "DE"
                quantity = "acceleration"
                rate_hz = "fast"
                [[bearing]]
                id = "DE"
                channel = "DR"
                balls = 2
                ball_diameter_mm = 7.94
                pitch_diameter_mm = 3
                """);
        assertThatThrownBy(() -> AssetFile.read(file))
                .isInstanceOfSatisfying(
                        ConfigWrong.class,
                        wrong -> assertThat(wrong.problems())
                                .anySatisfy(p -> assertThat(p).contains("asset.kind", "missing"))
                                .anySatisfy(p -> assertThat(p).contains("line 3", "asset.kid", "did you mean 'kind'"))
                                .anySatisfy(p -> assertThat(p).contains("line 7", "rate_hz", "\"fast\"", "a number"))
                                .anySatisfy(p -> assertThat(p).contains("line 10", "\"DR\"", "did you mean 'DE'"))
                                .anySatisfy(p -> assertThat(p).contains("line 11", "balls", "2"))
                                .anySatisfy(p -> assertThat(p).contains("line 13", "pitch_diameter_mm")));
    }

    @Test
    void aWaveformInAUnitThatIsNoAccelerationIsRefusedBeforeTheFirstOneComes() throws Exception {
        Path file = file("""
                [asset]
                id = "rig-1"
                kind = "induction_motor"
                [[channel]]
                id = "DE"
                quantity = "velocity"
                unit = "mm/s"
                rate_hz = 12000
                """);
        assertThatThrownBy(() -> AssetFile.read(file))
                .isInstanceOfSatisfying(
                        ConfigWrong.class,
                        wrong -> assertThat(wrong.problems())
                                .singleElement()
                                .asString()
                                .contains("line 7", "unit", "\"mm/s\"", "m/s2"));
    }
}
