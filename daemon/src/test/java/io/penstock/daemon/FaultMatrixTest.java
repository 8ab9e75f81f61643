package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.FaultMatrix.Run;
import io.penstock.fixtures.plant.Fault;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The right fault first, or none: a name that is wrong sends a person to the wrong part of the machine. */
class FaultMatrixTest {
    /** The first faulty waveform ends a second after the fault, so two later ones are in by now. */
    private static final double TWO_WAVEFORMS_LATER = 3;

    private static final List<Fault> SEEN_IN_WAVEFORMS = List.of(
            Fault.BEARING_OUTER_RACE,
            Fault.BEARING_INNER_RACE,
            Fault.BEARING_BALL,
            Fault.IMBALANCE,
            Fault.MISALIGNMENT,
            Fault.LOOSENESS);

    @TempDir
    Path folder;

    private FaultMatrix matrix() throws Exception {
        return new FaultMatrix(folder);
    }

    @Test
    void aNamedFaultIsTheRightOneAndTheRestAbstains() throws Exception {
        List<Run> runs =
                matrix().play(FaultMatrix.points(FaultMatrix.FAULTS, List.of(0.6, 1.0), List.of(0.3, 1.0), 5, 1));
        assertThat(runs).as(FaultMatrix.table(runs)).allSatisfy(FaultMatrixTest::isRightOrAbstains);
        assertThat(runs)
                .filteredOn(run -> run.point().severity() == 1)
                .as(FaultMatrix.table(runs))
                .allMatch(Run::right);
    }

    /** Faults that creep show their faintest symptoms first, and alone. */
    @Test
    void noVersionOfACreepingFaultsCaseNamesAnother() throws Exception {
        List<Run> runs = matrix().play(FaultMatrix.points(
                List.of(Fault.LOOSENESS, Fault.MISALIGNMENT, Fault.IMBALANCE, Fault.ELECTRICAL),
                List.of(0.6),
                List.of(0.3, 1.0),
                20,
                1));
        assertThat(runs).as(FaultMatrix.table(runs)).allSatisfy(FaultMatrixTest::isRightOrAbstains);
    }

    @Test
    void aFaultSeenInWaveformsIsNamedAtMostTwoWaveformsAfterTheFirstFaultyOne() throws Exception {
        List<Run> runs =
                matrix().play(FaultMatrix.points(SEEN_IN_WAVEFORMS, List.of(0.4, 1.0), List.of(1.0), 0.001, 1));
        assertThat(runs)
                .as(FaultMatrix.table(runs))
                .allSatisfy(run -> assertThat(run.rightAfter()).isLessThanOrEqualTo(TWO_WAVEFORMS_LATER));
    }

    @Test
    void tenHealthyMinutesOpenNoCase() throws Exception {
        assertThat(matrix().healthy(1, 0.8, 600)).isEmpty();
    }

    @Test
    @Tag("slow")
    @SuppressWarnings("SystemOut")
    void theWholeMatrixHolds() throws Exception {
        List<Run> runs =
                matrix().play(FaultMatrix.points(FaultMatrix.FAULTS, FaultMatrix.LOADS, FaultMatrix.SEVERITIES, 5, 1));
        String table = FaultMatrix.table(runs);
        System.out.print(table);
        assertThat(runs).as(table).hasSize(120).allSatisfy(FaultMatrixTest::isRightOrAbstains);
        assertThat(runs.stream().filter(Run::right).count()).as(table).isGreaterThanOrEqualTo(114);
    }

    private static void isRightOrAbstains(Run run) {
        assertThat(run.settled()).as(run.point().toString()).isIn(run.truth(), FaultMatrix.UNSURE, FaultMatrix.NO_CASE);
        assertThat(run.everWrong()).as(FaultMatrix.story(run)).isFalse();
    }
}
