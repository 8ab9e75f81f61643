package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.asset.Limit;
import io.penstock.daemon.asset.OperatingPoints;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.asset.VibrationZones;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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

    private static final String DRIVE = """
            [asset]
            id = "drive"
            kind = "belt_conveyor"
            rated_rpm = 1480
            [asset.vibration]
            table = "iso20816-3/group2/flexible"
            [[channel]]
            id = "de"
            quantity = "acceleration"
            unit = "g"
            rate_hz = 12800
            [[gear]]
            id = "box"
            channel = "de"
            pinion_teeth = 23
            wheel_teeth = 71
            shaft = "pinion"
            """;

    @Test
    void gearsAndTheTableOfZonesAreRead() throws Exception {
        Asset drive = AssetFile.read(file(DRIVE));
        assertThat(drive.gears()).containsExactly(new Gear("box", "de", 23, 71, Gear.Side.PINION, 1));
        assertThat(drive.zones().limits())
                .extracting(Limit::value, Limit::severity)
                .containsExactly(tuple(7.1, Severity.ALARM), tuple(4.5, Severity.WARNING));
        assertThat(drive.zones().limits().getFirst().source())
                .isEqualTo("ISO 20816-3 group 2, 15 to 300 kW on a flexible base, zone D");
        assertThat(drive.zones().caveat()).contains("check it against the standard");
        assertThat(drive.zones().zoneOf(4.6)).isEqualTo("C");
    }

    @Test
    void withoutATableTheUsualOneHoldsAndNoneMeansNone() throws Exception {
        String table = "[asset.vibration]\ntable = \"iso20816-3/group2/flexible\"\n";
        VibrationZones usual = AssetFile.read(file(DRIVE.replace(table, ""))).zones();
        assertThat(usual.name()).isEqualTo(VibrationZones.USUAL.name());
        assertThat(usual.title()).isEqualTo(VibrationZones.USUAL.title());
        assertThat(usual.limits()).isEqualTo(VibrationZones.USUAL.limits());
        String none = DRIVE.replace("iso20816-3/group2/flexible", "none");
        assertThat(AssetFile.read(file(none)).zones().limits()).isEmpty();
    }

    @Test
    void aTableForSleeveBearingsSaysThatItIsNotForRollingOnes() throws Exception {
        String hydro = DRIVE.replace("iso20816-3/group2/flexible", "iso10816-5/group2");
        String bearing = """
                [[bearing]]
                id = "de"
                channel = "de"
                balls = 9
                ball_diameter_mm = 7.94
                pitch_diameter_mm = 39.04
                """;
        assertThat(AssetFile.read(file(hydro)).zones().limits().getFirst().source())
                .doesNotContain("not for rolling");
        assertThat(AssetFile.read(file(hydro + bearing))
                        .zones()
                        .limits()
                        .getFirst()
                        .source())
                .contains("this standard is not for rolling bearings", "zone D");
    }

    @Test
    void everyMistakeOfGearsAndTablesIsToldWithItsNearestSpelling() throws Exception {
        String wrong = DRIVE.replace("iso20816-3/group2/flexible", "iso20816-3/group2/flexibel")
                .replace("channel = \"de\"", "channel = \"dee\"")
                .replace("wheel_teeth = 71", "wheel_teeth = 12")
                .replace("\"pinion\"", "\"pinon\"");
        assertThatThrownBy(() -> AssetFile.read(file(wrong)))
                .hasMessageContaining("did you mean 'iso20816-3/group2/flexible'")
                .hasMessageContaining("did you mean 'de'")
                .hasMessageContaining("found 12, expected as many as pinion_teeth 23")
                .hasMessageContaining("did you mean 'pinion'");
        assertThatThrownBy(() -> AssetFile.read(file(DRIVE.replace("wheel_teeth = 71\n", ""))))
                .hasMessageContaining("pinion_teeth and wheel_teeth are both needed");
    }

    private static final String MILL = """
            [matrix]
            kind = "mill"
            name = "our mill"
            [[fault]]
            code = "grindstone_cracked"
            name = "a cracked grindstone"
            severity = "alarm"
            required = ["gear_sidebands | kurtosis_high"]
            symptoms = { gear_sidebands = 1.0, kurtosis_high = 0.8 }
            checks = ["Stop the mill.", "Call the miller."]
            source = "our own book"
            [[fault]]
            code = "sensor_fault"
            name = "a sensor"
            severity = "advisory"
            required = ["sensor_stuck"]
            symptoms = { sensor_stuck = 1.0 }
            checks = ["Look at the plug.", "Look at the cable."]
            source = "our own book"
            """;

    @Test
    void aSitesOwnMatrixStandsBesideTheAssetFileAndNamesItsKind() throws Exception {
        Files.writeString(folder.resolve("mill.toml"), MILL);
        Path file = file(DRIVE.replace("kind = \"belt_conveyor\"", "matrix = \"mill.toml\""));
        AssetFile.Machine mill = AssetFile.machine(file);

        assertThat(mill.asset().kind()).isEqualTo("mill");
        assertThat(Objects.requireNonNull(mill.matrix()).fault("grindstone_cracked"))
                .isNotNull();
        assertThat(Objects.requireNonNull(AssetFile.machine(file(DRIVE)).matrix())
                        .fault("gear_damage"))
                .isNotNull();
    }

    @Test
    void everyMistakeOfASitesMatrixIsToldWithTheAssetFiles() throws Exception {
        Files.writeString(
                folder.resolve("mill.toml"),
                MILL.replace("gear_sidebands = 1.0", "gear_sideband = 1.0")
                        .replace("severity = \"alarm\"", "severity = \"bad\"")
                        .replace("source = \"our own book\"\n[[", "sauce = \"our own book\"\n[["));
        Path file = file(DRIVE.replace("kind = \"belt_conveyor\"", "matrix = \"mill.toml\"")
                .replace("wheel_teeth = 71", "wheel_teeth = 12"));
        assertThatThrownBy(() -> AssetFile.machine(file))
                .isInstanceOfSatisfying(
                        ConfigWrong.class,
                        wrong -> assertThat(wrong.problems())
                                .anySatisfy(p -> assertThat(p).contains("mill.toml line 7", "\"bad\"", "warning"))
                                .anySatisfy(p -> assertThat(p)
                                        .contains("mill.toml line 9", "gear_sideband", "did you mean gear_sidebands"))
                                .anySatisfy(p ->
                                        assertThat(p).contains("mill.toml line 11", "sauce", "did you mean source"))
                                .anySatisfy(p -> assertThat(p).contains("found 12")));
        assertThatThrownBy(() ->
                        AssetFile.machine(file(DRIVE.replace("kind = \"belt_conveyor\"", "matrix = \"nowhere.toml\""))))
                .hasMessageContaining("there is no file")
                .hasMessageContaining("nowhere.toml");
        Files.writeString(folder.resolve("mill.toml"), MILL);
        assertThatThrownBy(() -> AssetFile.machine(
                        file(DRIVE.replace("rated_rpm = 1480", "rated_rpm = 1480\nmatrix = \"mill.toml\""))))
                .hasMessageContaining("mill.toml is of kind \"mill\"");
    }
}
