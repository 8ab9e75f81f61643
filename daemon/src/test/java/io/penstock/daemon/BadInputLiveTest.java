package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plant sends that it should not, through the live window, every detector and the case book: a finding or nothing at all. */
class BadInputLiveTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final String MACHINE = """
            [asset]
            id = "pump"
            kind = "centrifugal_pump"
            [[channel]]
            id = "temp"
            quantity = "bearing_temperature"
            unit = "Cel"
            resolution = 0.01
            range_low = -40
            range_high = 200
            stuck_after = "30s"
            [[channel.limit]]
            above = 80
            on_delay = "0s"
            severity = "alarm"
            source = "site"
            [[channel]]
            id = "flow"
            quantity = "flow"
            unit = "m3/s"
            resolution = 0.0001
            [[channel]]
            id = "current"
            quantity = "current"
            unit = "A"
            resolution = 0.01
            """;
    private static final int BASELINE = 120;

    @TempDir
    Path folder;

    private final Random random = new Random(5);
    private LiveChain chain;

    @BeforeEach
    void start() throws Exception {
        chain = fresh();
    }

    private LiveChain fresh() throws Exception {
        return new LiveChain(folder, MACHINE, "cadence = \"1s\"\nbaseline_vectors = " + BASELINE + "\n");
    }

    private static long at(double second) {
        return START + Math.round(second * 1e6);
    }

    private void healthy(double from, double to, double step) {
        for (double second = from; second < to; second += step) {
            chain.accept("temp", at(second), 50 + 0.2 * random.nextGaussian());
            chain.accept("flow", at(second), 0.4 + 0.002 * random.nextGaussian());
            chain.accept("current", at(second), 90 + 0.5 * random.nextGaussian());
            chain.tick(at(second));
        }
    }

    private List<String> faults() {
        return chain.opened().stream().map(record -> record.best().fault()).toList();
    }

    private void everythingLearnedIsFinite() {
        assertThat(chain.learned())
                .filteredOn(LearnedChannel::learned)
                .isNotEmpty()
                .allSatisfy(line -> {
                    assertThat(line.mean()).isFinite();
                    assertThat(line.spread()).isFinite().isPositive();
                    assertThat(line.low()).isFinite().isLessThan(line.high());
                });
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e308, -1e308})
    void aNumberThatIsNoneIsTheSensorsFaultAndNoneOfTheMachine(double wild) {
        healthy(0, 200, 1);
        for (int second = 200; second < 230; second++) {
            chain.accept("flow", at(second), wild);
            chain.accept("temp", at(second), 50 + 0.2 * random.nextGaussian());
            chain.accept("current", at(second), 90 + 0.5 * random.nextGaussian());
            chain.tick(at(second));
        }
        assertThat(faults()).containsExactly("sensor_fault");
        everythingLearnedIsFinite();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY, 1e308})
    void aWildNumberNowAndThenWhileHealthyIsLearnedSpoilsNoBaseline(double wild) {
        for (int second = 0; second < 3 * BASELINE; second++) {
            healthy(second, second + 1, 1);
            if (second % 7 == 0) {
                chain.accept("flow", at(second + 0.2), wild);
            }
        }
        everythingLearnedIsFinite();
        assertThat(chain.learned().stream().filter(line -> line.channel().equals("flow")))
                .allSatisfy(line -> assertThat(line.mean()).isBetween(0.39, 0.41));
    }

    @ParameterizedTest
    @CsvSource({"flow, 400, 2", "temp, 323.15, 0.2", "current, 0.09, 0.0005"})
    void aSwappedUnitIsACaseWithinAMinute(String channel, double mean, double spread) {
        healthy(0, 200, 1);
        assertThat(faults()).isEmpty();
        for (int second = 200; second < 260; second++) {
            for (String each : List.of("temp", "flow", "current")) {
                double value = each.equals(channel)
                        ? mean + spread * random.nextGaussian()
                        : each.equals("temp") ? 50 : each.equals("flow") ? 0.4 : 90;
                chain.accept(each, at(second), value + (each.equals(channel) ? 0 : 0.001 * random.nextGaussian()));
            }
            chain.tick(at(second));
        }
        assertThat(chain.opened()).isNotEmpty();
        assertThat(chain.opened().getFirst().evidence()).anyMatch(line -> channel.equals(line.channel()));
    }

    @Test
    void repeatedLateAndDisorderedReadingsChangeNothingThatWasLearned() throws Exception {
        List<Reading> ordered = new ArrayList<>();
        for (int second = 0; second < 400; second++) {
            ordered.add(scalar("temp", second, 50 + 0.2 * random.nextGaussian()));
            ordered.add(scalar("flow", second, 0.4 + 0.002 * random.nextGaussian()));
            ordered.add(scalar("current", second, 90 + 0.5 * random.nextGaussian()));
        }
        ordered.forEach(chain::accept);
        List<LearnedChannel> once = chain.learned();
        List<CaseRecord> cases = List.copyOf(chain.opened());
        chain = fresh();
        for (int i = 0; i < ordered.size(); i += 3) {
            List<Reading> instant = new ArrayList<>(ordered.subList(i, i + 3));
            Collections.shuffle(instant, random);
            instant.forEach(chain::accept);
            // the same again, and one of half a minute ago with another value
            instant.forEach(chain::accept);
            if (i > 90) {
                chain.accept(scalar("flow", i / 3.0 - 30, 0.9));
            }
        }
        assertThat(chain.learned()).isEqualTo(once);
        assertThat(chain.opened()).isEqualTo(cases).isEmpty();
    }

    private static Reading scalar(String channel, double second, double value) {
        return new Reading.Scalar(new ChannelId("pump", channel), at(second), at(second), Quality.GOOD, value);
    }

    @Test
    void hoursOfSilenceAreNoCaseOfTheMachineAndItGoesOnAfterThem() {
        healthy(0, 300, 1);
        for (int hours : new int[] {3, 30}) {
            healthy(hours * 3600, hours * 3600 + 300, 1);
        }
        assertThat(faults()).doesNotContain("unsure").allMatch(fault -> fault.equals("sensor_fault"));
        chain.accept("temp", at(30 * 3600 + 300), 95);
        assertThat(chain.opened().getLast().evidence())
                .anyMatch(line -> line.symptom().equals("bearing_temperature_high"));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 2, 5})
    void aRateOfReadingThatChangesIsNoCase(double step) {
        healthy(0, 300, 1);
        healthy(300, 3900, step);
        healthy(3900, 4200, 1);
        assertThat(chain.story(START)).isEmpty();
    }

    @Test
    void oneSampleIsNothingYetAndSurvivesARestart() throws Exception {
        chain.accept("temp", at(0), 50);
        chain.restart();
        chain.tick(at(1));
        assertThat(chain.opened()).isEmpty();
        assertThat(chain.learned()).noneMatch(LearnedChannel::learned);
    }

    @Test
    void aConstantSeriesIsAStuckSensorWhereTheFileSaysSoAndALevelElsewhere() {
        for (int second = 0; second < 400; second++) {
            chain.accept("temp", at(second), 50 + 0.2 * random.nextGaussian());
            chain.accept("flow", at(second), 0.4);
            chain.accept("current", at(second), 0);
            chain.tick(at(second));
        }
        assertThat(faults()).isEmpty();
        everythingLearnedIsFinite();
        for (int second = 400; second < 460; second++) {
            chain.accept("temp", at(second), 50);
            chain.accept("flow", at(second), 0.3);
            chain.accept("current", at(second), 0);
            chain.tick(at(second));
        }
        assertThat(faults()).containsExactlyInAnyOrder("sensor_fault", "flow_obstruction");
    }

    /** Rules speak with the reading, no state and no model is waited for. */
    @Test
    void aLimitWithoutADelayOpensACaseWithTheReadingThatCrossesIt() {
        healthy(0, 200, 1);
        long before = System.nanoTime();
        chain.accept("temp", at(200), 81);
        double millis = (System.nanoTime() - before) / 1e6;
        assertThat(chain.opened()).hasSize(1);
        assertThat(chain.opened().getFirst().openedMicros()).isEqualTo(at(200));
        assertThat(millis).as("ms from the reading to the open case").isLessThan(100);
    }
}
