package io.penstock.daemon.cases;

import static io.penstock.daemon.cases.Evidence.SECOND;
import static io.penstock.daemon.cases.Evidence.T0;
import static io.penstock.daemon.cases.Evidence.at;
import static io.penstock.daemon.cases.Evidence.finding;
import static io.penstock.daemon.cases.Evidence.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.Finding.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaseBookTest {
    private static final SymptomMatrix FRANCIS = SymptomMatrixTest.matrix("hydro_francis");
    private static final long MINUTE = 60 * SECOND;

    private final CaseBook book = book(Map.of("unit-1", FRANCIS, "unit-2", FRANCIS));

    private static CaseBook book(Map<String, SymptomMatrix> matrices) {
        return new CaseBook(CaseSettings.DEFAULTS, matrices);
    }

    private static Finding warning(String symptom, long time) {
        return finding("unit-1", Evidence.channelOf(symptom), symptom, time, Severity.WARNING, 0.8);
    }

    private static Finding advisory(String symptom, long time) {
        return finding("unit-1", Evidence.channelOf(symptom), symptom, time, Severity.ADVISORY, 0.6);
    }

    @Test
    void firstFindingOpensAtOnceUnderAnIdOfAssetAndSourceTime() {
        List<CaseChange> changes = book.apply(warning("bearing_outer_lines", T0));

        assertThat(changes).singleElement().isInstanceOfSatisfying(CaseChange.Opened.class, opened -> {
            CaseRecord record = opened.record();
            assertThat(record.id()).isEqualTo("unit-1-20261122T101530.123Z");
            assertThat(record.version()).isEqualTo(1);
            assertThat(record.severity()).isEqualTo(Severity.WARNING);
            assertThat(record.best().fault()).isEqualTo("bearing_outer_race");
            assertThat(record.rootChannel()).isEqualTo("unit-1/vibration_de");
            assertThat(record.open()).isTrue();
        });
    }

    @Test
    void everyFindingOfOneCauseJoinsOneCaseAndIsToldOnceItIsGathered() {
        List<CaseChange> changes = new ArrayList<>(book.apply(warning("bearing_outer_lines", T0)));
        changes.addAll(book.apply(warning("kurtosis_high", T0 + SECOND)));
        changes.addAll(book.apply(warning("high_band_high", T0 + 2 * SECOND)));
        assertThat(changes).hasSize(1);

        changes.addAll(book.tick(T0 + 3 * SECOND));

        assertThat(changes).hasSize(2);
        CaseRecord last = changes.getLast().record();
        assertThat(changes.getLast()).isInstanceOf(CaseChange.Updated.class);
        assertThat(last.version()).isEqualTo(2);
        assertThat(last.evidence()).extracting(EvidenceLine::number).containsExactly(1, 2, 3);
        assertThat(book.openCases()).hasSize(1);
    }

    @Test
    void whatOneWaveformShowsIsJudgedTogether() {
        List<CaseChange> changes = book.apply(
                List.of(advisory("kurtosis_high", T0), advisory("crest_high", T0), warning("bearing_inner_lines", T0)));

        assertThat(changes).singleElement().satisfies(c -> {
            assertThat(c.record().best().fault()).isEqualTo("bearing_inner_race");
            assertThat(c.record().severity()).isEqualTo(Severity.WARNING);
        });
    }

    @Test
    void aKnownSymptomOnAnotherChannelIsEvidenceButNoNews() {
        book.apply(finding("unit-1", "vibration_de", "high_band_high", T0, Severity.WARNING, 0.8));
        book.apply(finding("unit-1", "vibration_nde", "high_band_high", T0 + SECOND, Severity.WARNING, 0.8));

        assertThat(book.tick(T0 + MINUTE)).isEmpty();
        assertThat(book.openCases().getFirst().evidence()).hasSize(2);
    }

    @Test
    void repeatedFindingsOfKnownLinesAreNotNews() {
        book.apply(warning("bearing_outer_lines", T0));
        List<CaseChange> later = new ArrayList<>();
        for (int i = 1; i < 600; i++) {
            later.addAll(book.apply(warning("bearing_outer_lines", T0 + i * SECOND)));
        }

        assertThat(later).isEmpty();
        assertThat(book.openCases().getFirst().evidence()).singleElement().satisfies(line -> {
            assertThat(line.firstMicros()).isEqualTo(T0);
            assertThat(line.lastMicros()).isEqualTo(T0 + 599 * SECOND);
        });
    }

    @Test
    void severityRisesAtOnce() {
        book.apply(warning("bearing_temperature_high", T0));
        List<CaseChange> changes = book.apply(
                finding("unit-1", "bearing_temp_c", "bearing_temperature_high", T0 + SECOND, Severity.ALARM, 0.9));

        assertThat(changes).singleElement().isInstanceOf(CaseChange.Updated.class);
        assertThat(changes.getFirst().record().severity()).isEqualTo(Severity.ALARM);
    }

    @Test
    void onsetAndLoneAdvisoryStateOpenNothingButJoinWhatOpens() {
        assertThat(book.apply(advisory("onset", T0))).isEmpty();
        assertThat(book.apply(advisory("state_shift", T0 + SECOND))).isEmpty();
        assertThat(book.apply(with(advisory("power_low", T0 + SECOND), Tier.STATE, true, 0.7)))
                .isEmpty();
        assertThat(book.apply(advisory("kurtosis_high", T0 + SECOND / 2)))
                .as("state and vibration agree")
                .hasSize(1);

        assertThat(book.openCases().getFirst().evidence())
                .extracting(EvidenceLine::symptom)
                .containsExactly("onset", "kurtosis_high", "state_shift", "power_low");
    }

    @Test
    void aStuckSensorIsACaseOfTheSensorAlone() {
        List<CaseChange> changes = new ArrayList<>(book.apply(advisory("sensor_stuck", T0)));
        // what the broken channel itself says of the machine opens nothing
        changes.addAll(book.apply(warning("bearing_temperature_high", T0 + SECOND)));
        changes.addAll(book.apply(with(warning("bearing_temperature_high", T0 + SECOND), Tier.STATE, true, 0.9)));
        Finding shift = new Finding(
                "unit-1",
                null,
                Tier.STATE,
                "state_shift",
                null,
                true,
                T0 + 2 * SECOND,
                30,
                "1",
                20,
                "learned",
                1,
                Severity.WARNING,
                0.9,
                1,
                io.penstock.sensors.reading.Quality.GOOD,
                5);
        changes.addAll(book.apply(shift));
        changes.addAll(book.tick(T0 + MINUTE));

        assertThat(changes).singleElement().isInstanceOf(CaseChange.Opened.class);
        CaseRecord record = changes.getFirst().record();
        assertThat(record.id()).endsWith("-sensor");
        assertThat(record.best().fault()).isEqualTo("sensor_fault");
        assertThat(record.rootChannel()).isEqualTo("unit-1/bearing_temp_c");
    }

    @Test
    void aSensorFaultDoesNotHideAFaultSeenElsewhere() {
        book.apply(advisory("sensor_stuck", T0));
        List<CaseChange> changes = book.apply(warning("bearing_outer_lines", T0 + SECOND));

        assertThat(changes)
                .singleElement()
                .satisfies(c -> assertThat(c.record().best().fault()).isEqualTo("bearing_outer_race"));
        assertThat(book.openCases()).hasSize(2);
    }

    @Test
    void aSensorFaultNeverLowersTheSeverityOfAnOpenCase() {
        book.apply(finding("unit-1", "bearing_temp_c", "bearing_temperature_high", T0, Severity.ALARM, 0.9));
        book.apply(advisory("sensor_bad_quality", T0 + SECOND));
        book.tick(T0 + MINUTE);

        assertThat(book.openCases().getFirst().severity()).isEqualTo(Severity.ALARM);
    }

    @Test
    void aLoneSpikeOpensNothing() {
        assertThat(book.apply(advisory("sensor_spike", T0))).isEmpty();
    }

    @Test
    void aCaseClosesAfterFiveQuietMinutesAndTheNextFindingOpensANewOne() {
        Finding hot = warning("bearing_temperature_high", T0);
        book.apply(hot);
        book.apply(at(hot, T0 + MINUTE, false));

        assertThat(book.tick(T0 + 6 * MINUTE - 1)).noneMatch(CaseChange.Closed.class::isInstance);
        List<CaseChange> changes = book.tick(T0 + 6 * MINUTE);
        assertThat(changes).singleElement().isInstanceOf(CaseChange.Closed.class);
        CaseRecord closed = changes.getFirst().record();
        assertThat(closed.closedMicros()).isEqualTo(T0 + 6 * MINUTE);
        assertThat(closed.evidence()).noneMatch(EvidenceLine::active);
        assertThat(closed.best().fault()).isEqualTo("overheating_lubrication");

        List<CaseChange> again = book.apply(at(hot, T0 + 7 * MINUTE, true));
        assertThat(again).singleElement().isInstanceOf(CaseChange.Opened.class);
        assertThat(again.getFirst().record().id()).isNotEqualTo(closed.id());
    }

    @Test
    void aLongSilenceClosesTheOldCaseEvenWithoutATick() {
        Finding hot = warning("bearing_temperature_high", T0);
        book.apply(hot);
        book.apply(at(hot, T0 + SECOND, false));

        assertThat(book.apply(at(hot, T0 + 60 * MINUTE, true)))
                .extracting(change -> change.getClass().getSimpleName())
                .containsExactly("Closed", "Opened");
    }

    @Test
    void aValueDancingOnItsLimitIsOneLineAndOneVersion() {
        Finding hot = warning("bearing_temperature_high", T0);
        List<CaseChange> changes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            changes.addAll(book.apply(at(hot, T0 + i * SECOND, i % 2 == 0)));
        }

        assertThat(changes).hasSize(1);
        assertThat(book.openCases())
                .singleElement()
                .satisfies(record -> assertThat(record.evidence()).hasSize(1));
    }

    @Test
    void inAFloodAtMostTenVersionsInTenMinutesAreAnnouncedAndNoCaseIsLost() {
        Map<String, SymptomMatrix> matrices = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            matrices.put("unit-" + i, FRANCIS);
        }
        CaseBook flooded = book(matrices);
        Random random = new Random(7);
        List<String> symptoms = List.of(
                "bearing_temperature_high",
                "flow_low",
                "power_low",
                "order_1x_high",
                "kurtosis_high",
                "current_high",
                "head_low");
        List<Long> said = new ArrayList<>();
        List<String> opened = new ArrayList<>();
        for (long t = T0; t < T0 + 60 * MINUTE; t += SECOND) {
            List<CaseChange> changes = new ArrayList<>();
            for (int k = 0; k < 17 && t < T0 + 10 * MINUTE; k++) {
                String symptom = symptoms.get(random.nextInt(symptoms.size()));
                changes.addAll(flooded.apply(finding(
                        "unit-" + random.nextInt(30),
                        "tag" + random.nextInt(20),
                        symptom,
                        t,
                        Severity.ALARM,
                        random.nextDouble())));
            }
            changes.addAll(flooded.tick(t));
            for (CaseChange change : changes) {
                said.add(t);
                if (change instanceof CaseChange.Opened) {
                    opened.add(change.record().asset());
                }
            }
        }

        for (long time : said) {
            assertThat(said.stream()
                            .filter(other -> other > time - 10 * MINUTE && other <= time)
                            .count())
                    .isLessThanOrEqualTo(10);
        }
        assertThat(opened)
                .as("30 assets, 10 in each ten minutes")
                .doesNotHaveDuplicates()
                .hasSize(30);
        assertThat(flooded.delayed()).isGreaterThanOrEqualTo(20);
        assertThat(flooded.openCases()).hasSize(30);
    }

    @Test
    void findingsOfAnUnknownAssetAndLinesBeyondTheBoundAreCounted() {
        book.apply(finding("unit-9", "x", "flow_low", T0, Severity.ALARM, 0.9));
        for (int i = 0; i < 100; i++) {
            book.apply(finding("unit-1", "tag" + i, "flow_low", T0, Severity.WARNING, 0.9));
        }

        assertThat(book.rejectedFindings()).isEqualTo(1);
        assertThat(book.droppedLines()).isEqualTo(36);
        assertThat(book.openCases().getFirst().evidence()).hasSize(64);
    }

    @Test
    void theStrongestOfTheFirstChannelsIsTheRoot() {
        book.apply(finding("unit-1", "weak", "kurtosis_high", T0, Severity.WARNING, 0.55));
        book.apply(finding("unit-1", "strong", "bearing_outer_lines", T0 + SECOND, Severity.WARNING, 0.95));
        book.apply(finding("unit-1", "late", "velocity_rms_high", T0 + MINUTE, Severity.ALARM, 1));

        assertThat(book.openCases().getFirst().rootChannel()).isEqualTo("unit-1/strong");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void killAndRestoreAtAnyInstantEqualsUninterrupted(long seed) {
        Random random = new Random(seed);
        List<String> symptoms = List.of(
                "bearing_temperature_high",
                "flow_low",
                "sensor_stuck",
                "order_1x_high",
                "kurtosis_high",
                "onset",
                "state_shift",
                "bearing_outer_lines",
                "sensor_spike",
                "power_low");
        CaseBook straight = book(Map.of("unit-1", FRANCIS, "unit-2", FRANCIS));
        CaseBook broken = book(Map.of("unit-1", FRANCIS, "unit-2", FRANCIS));
        long t = T0;
        for (int i = 0; i < 400; i++) {
            t += (long) (random.nextDouble() * random.nextDouble() * random.nextDouble() * 400 * SECOND) - 2 * SECOND;
            List<CaseChange> expected;
            List<CaseChange> seen;
            if (random.nextInt(4) == 0) {
                expected = straight.tick(t);
                seen = broken.tick(t);
            } else {
                String symptom = symptoms.get(random.nextInt(symptoms.size()));
                Finding one = at(
                        finding(
                                "unit-" + (1 + random.nextInt(2)),
                                random.nextInt(5) == 0 ? null : Evidence.channelOf(symptom),
                                symptom,
                                t,
                                Severity.values()[random.nextInt(3)],
                                random.nextDouble()),
                        t,
                        random.nextInt(3) > 0);
                expected = straight.apply(one);
                seen = broken.apply(one);
            }
            assertThat(seen).isEqualTo(expected);
            if (random.nextInt(5) == 0) {
                byte[] kept = broken.snapshot();
                broken = book(Map.of("unit-1", FRANCIS, "unit-2", FRANCIS));
                broken.restore(kept);
                assertThat(broken.snapshot()).isEqualTo(kept);
            }
        }
        assertThat(broken.openCases()).isEqualTo(straight.openCases());
        assertThat(straight.announced()).isGreaterThan(5);
    }

    @Test
    void aDamagedSnapshotIsRefusedAndTheBookIsAsNew() {
        book.apply(warning("flow_low", T0));
        byte[] good = book.snapshot();
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            byte[] damaged = random.nextBoolean() ? bad : java.util.Arrays.copyOf(bad, random.nextInt(bad.length));
            assertThatThrownBy(() -> book.restore(damaged)).isInstanceOf(IllegalArgumentException.class);
            assertThat(book.openCases()).isEmpty();
        }
        book.restore(good);
        assertThat(book.openCases()).hasSize(1);
    }
}
