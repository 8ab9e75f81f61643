package io.penstock.daemon.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.fixtures.plant.Fault;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Scalar;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The slow channels of the simulated unit: healthy it says nothing that could open a case, and each fault is seen. */
class SimulatedUnitTest {
    private static final double FAULT_AT = 20;

    private static Asset asset() {
        try {
            return AssetFile.read(
                    Path.of(Objects.requireNonNull(AssetFile.class.getResource("/io/penstock/daemon/demo/unit-1.toml"))
                            .toURI()));
        } catch (IOException | URISyntaxException | ConfigWrong e) {
            throw new AssertionError("the demonstration's asset file cannot be read", e);
        }
    }

    /** Findings that could open a case: onsets and passing remarks are advisory. */
    private static List<Finding> run(HydroUnit unit, int seconds) {
        Asset asset = asset();
        AssetWindow window = new AssetWindow(
                asset, Streams::features, WindowSettings.standard().withCadence(Duration.ofMillis(200)));
        List<Detector> detectors = List.of(
                new ValidityDetector(asset, ValiditySettings.standard()),
                new EwmaDetector(asset, EwmaSettings.of(StateSettings.standard().withFitVectors(75))),
                new StateDetector(asset, StateSettings.standard().withFitVectors(75)));
        List<Finding> findings = new ArrayList<>();
        for (int tick = 0; tick < seconds * HydroUnit.SCALAR_RATE; tick++) {
            long time = Streams.START + tick * 200_000L;
            for (Map.Entry<Scalar, Double> entry :
                    unit.scalars((double) tick / HydroUnit.SCALAR_RATE).entrySet()) {
                window.accept(
                        new Reading.Scalar(
                                new ChannelId("unit-1", entry.getKey().channel()),
                                time,
                                time,
                                Quality.GOOD,
                                entry.getValue()),
                        tick,
                        observation -> detectors.forEach(d -> d.inspect(observation, finding -> {
                            if (finding.severity() != Severity.ADVISORY) {
                                findings.add(finding);
                            }
                        })));
            }
        }
        return findings;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aHealthyUnitOpensNoCaseInAQuarterOfAnHour(long seed) {
        assertThat(run(new HydroUnit(seed), 900)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "FLOW_OBSTRUCTION, flow_low, 5",
        "FLOW_OBSTRUCTION, power_low, 5",
        "OVERHEATING_LUBRICATION, bearing_temperature_high, 10",
        "OVERHEATING_LUBRICATION, oil_temperature_high, 15",
        "ELECTRICAL, current_high, 5",
        "CAVITATION, state_shift, 10",
        "SENSOR_STUCK, sensor_stuck, 12",
        "SENSOR_NOISE, sensor_spike, 20"
    })
    void aFaultIsNamedWithinSeconds(Fault fault, String symptom, double within) {
        HydroUnit unit = new HydroUnit(1);
        unit.inject(fault, 1, FAULT_AT);
        List<Finding> findings = run(unit, 60);
        assertThat(findings)
                .filteredOn(finding -> finding.symptom().equals(symptom) && finding.active())
                .first()
                .satisfies(finding -> assertThat((finding.timeMicros() - Streams.START) / 1e6)
                        .isBetween(FAULT_AT, FAULT_AT + within));
    }

    @Test
    void theShareNamesTheChannelThatMovedMost() {
        HydroUnit unit = new HydroUnit(1);
        unit.inject(Fault.FLOW_OBSTRUCTION, 1, FAULT_AT);
        List<Finding> findings = run(unit, 60);
        assertThat(findings)
                .filteredOn(finding -> finding.symptom().equals("flow_low"))
                .last()
                .satisfies(finding -> {
                    assertThat(finding.baseline()).isBetween(0.09, 0.12);
                    assertThat(finding.value()).isLessThan(finding.limit());
                    assertThat(finding.share()).isGreaterThan(0.05);
                    assertThat(finding.unit()).isEqualTo("m3/s");
                });
        assertThat(findings).noneMatch(finding -> finding.symptom().startsWith("speed"));
    }
}
