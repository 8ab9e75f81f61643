package io.penstock.daemon.health;

import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Reading;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the lanes have done since start. They write, whoever asks for the status reads; nothing is made for a single reading.
 */
public final class LaneFigures {
    private static final Finding.Tier[] TIERS = Finding.Tier.values();
    private static final Diagnosis.Stage[] STAGES = Diagnosis.Stage.values();

    private final TimeHistogram commits = new TimeHistogram();
    private final TimeHistogram models = new TimeHistogram();
    private final AtomicLongArray findings = new AtomicLongArray(TIERS.length);
    private final AtomicLong blocked = new AtomicLong();
    private final AtomicLongArray diagnoses = new AtomicLongArray(STAGES.length);
    private volatile long commitLagMicros;
    private volatile long sourceLagMicros;

    /**
     * The figures at one moment.
     *
     * @param commits times of the journal's commits
     * @param models times a model took to answer about a case
     * @param commitLag from the receive time of the newest committed reading to its commit
     * @param sourceLag from that reading's source time to its receive time; negative where the device's clock runs ahead
     * @param findings by the detectors' tier
     * @param diagnoses committed, by the stage they reached
     * @param blocked sentences of models that the check kept from the operator
     */
    public record Figures(
            TimeHistogram.Counts commits,
            TimeHistogram.Counts models,
            Duration commitLag,
            Duration sourceLag,
            Map<Finding.Tier, Long> findings,
            Map<Diagnosis.Stage, Long> diagnoses,
            long blocked) {}

    /** A batch was committed. */
    public void committed(Duration took, Reading newest, long nowMicros) {
        commits.add(took);
        commitLagMicros = nowMicros - newest.receivedMicros();
        sourceLagMicros = newest.receivedMicros() - newest.sourceMicros();
    }

    public void found(List<Finding> all) {
        for (int i = 0; i < all.size(); i++) {
            findings.incrementAndGet(all.get(i).tier().ordinal());
        }
    }

    /** A diagnosis was committed. */
    public void diagnosed(Diagnosis diagnosis) {
        diagnoses.incrementAndGet(diagnosis.stage().ordinal());
    }

    /** So many of a model's sentences did not stand in the evidence. */
    public void blocked(int sentences) {
        blocked.addAndGet(sentences);
    }

    /** A model answered about a case. */
    public void answered(Duration took) {
        models.add(took);
    }

    public Figures now() {
        Map<Finding.Tier, Long> tiers = new EnumMap<>(Finding.Tier.class);
        for (Finding.Tier tier : TIERS) {
            tiers.put(tier, findings.get(tier.ordinal()));
        }
        Map<Diagnosis.Stage, Long> stages = new EnumMap<>(Diagnosis.Stage.class);
        for (Diagnosis.Stage stage : STAGES) {
            stages.put(stage, diagnoses.get(stage.ordinal()));
        }
        return new Figures(
                commits.counts(),
                models.counts(),
                micros(commitLagMicros),
                micros(sourceLagMicros),
                tiers,
                stages,
                blocked.get());
    }

    private static Duration micros(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }
}
