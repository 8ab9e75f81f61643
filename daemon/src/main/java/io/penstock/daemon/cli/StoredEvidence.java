package io.penstock.daemon.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.store.ClockSpans;
import io.penstock.daemon.store.StoredReadings;
import io.penstock.daemon.store.StoredReadings.Stored;
import io.penstock.daemon.store.StoredReadings.Waveform;
import io.penstock.daemon.window.VibrationAnalysis;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The stored readings behind each line of a case's evidence, as long as the journal keeps them. */
final class StoredEvidence {
    private static final int MOST_CHANNELS = 16;

    private final CaseRecord record;
    private final @Nullable Asset asset;

    /**
     * What is left of one reading.
     *
     * @param position in the journal, as in {@code v_reading}
     * @param kept false: it was purged, and only its position is known
     * @param again the line's number worked out anew from the stored waveform
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Reading(
            long position,
            boolean kept,
            @Nullable String channel,
            @Nullable String time,
            @Nullable String quality,
            @Nullable Double value,
            @Nullable Integer samples,
            @Nullable Double rateHz,
            @Nullable Double rms,
            @Nullable Double again,
            String text) {
        private Reading saying(String more) {
            return new Reading(position, kept, channel, time, quality, value, samples, rateHz, rms, again, text + more);
        }
    }

    /** @param asset null where no configuration says what the machine is: nothing is worked out anew then */
    StoredEvidence(CaseRecord record, @Nullable Asset asset) {
        this.record = record;
        this.asset = asset;
    }

    /** By the line's number. */
    Map<Integer, List<Reading>> read(Connection c) throws SQLException {
        Map<Integer, List<Reading>> all = new TreeMap<>();
        for (EvidenceLine line : record.evidence()) {
            List<Reading> readings = new ArrayList<>();
            for (Reading reading : read(c, line)) {
                readings.add(reading.saying(clockWords(c, reading.position())));
            }
            all.put(line.number(), readings);
        }
        return all;
    }

    /** What the gateway's clock was worth when the reading came; nothing where it was trusted. */
    private static String clockWords(Connection c, long position) throws SQLException {
        ClockSpans.Span span = ClockSpans.covering(c, position).orElse(null);
        if (span == null) {
            return "";
        }
        return switch (span.trust()) {
            case TRUSTED -> "";
            case SUSPECT -> "; time not trusted: the gateway's clock had just stepped, or ran behind";
            case UNSET ->
                span.isStamped()
                        ? "; times before " + Console.local(span.setMicros())
                                + " were stamped later: the gateway's clock was not set"
                        : "; time not trusted: the gateway's clock was not set";
        };
    }

    private List<Reading> read(Connection c, EvidenceLine line) throws SQLException {
        Stored at = StoredReadings.at(c, line.position()).orElse(null);
        if (at == null) {
            return List.of(purged(c, line.position()));
        }
        List<Reading> readings = new ArrayList<>();
        String channel = line.channel();
        if (channel != null && channel.equals(at.channel())) {
            readings.add(reading(c, at, line));
        } else if (channel != null) {
            // the newest reading of a state is often another channel's
            StoredReadings.newest(c, record.asset(), channel, line.position())
                    .ifPresent(stored -> readings.add(scalar(stored, line.unit())));
        } else {
            for (String name : StoredReadings.channels(c, record.asset(), MOST_CHANNELS)) {
                StoredReadings.newest(c, record.asset(), name, line.position())
                        .filter(stored -> stored.waveform() == null)
                        .ifPresent(stored -> readings.add(scalar(stored, "1")));
            }
        }
        return readings.isEmpty() ? List.of(reading(c, at, line)) : readings;
    }

    private static Reading purged(Connection c, long position) throws SQLException {
        long oldest = StoredReadings.oldest(c);
        String why = oldest > position
                ? "was purged from the journal; the oldest kept is " + oldest
                : "is not in this journal";
        return new Reading(
                position, false, null, null, null, null, null, null, null, null, "reading " + position + " " + why);
    }

    private Reading reading(Connection c, Stored stored, EvidenceLine line) throws SQLException {
        Waveform waveform = stored.waveform();
        if (waveform == null) {
            return scalar(stored, line.unit());
        }
        OptionalDouble again = asset == null
                ? OptionalDouble.empty()
                : new CasePlot(record, asset, new VibrationAnalysis(), Duration.ZERO).again(c, line);
        double sum = 0;
        double squares = 0;
        for (float sample : waveform.samples()) {
            sum += sample;
            squares += (double) sample * sample;
        }
        int count = waveform.samples().length;
        double mean = count == 0 ? 0 : sum / count;
        double rms = count == 0 ? 0 : Math.sqrt(Math.max(0, squares / count - mean * mean));
        String text = head(stored)
                + String.format(
                        Locale.ROOT,
                        "waveform of %d samples at %s (%.3g s), RMS %.4g about its mean",
                        count,
                        EvidenceText.quantity(waveform.rateHz(), "Hz"),
                        count / waveform.rateHz(),
                        rms)
                + (again.isPresent()
                        ? "; analysed again it gives " + EvidenceText.quantity(again.getAsDouble(), line.unit())
                        : "");
        return new Reading(
                stored.position(),
                true,
                stored.channel(),
                time(stored),
                quality(stored),
                null,
                count,
                waveform.rateHz(),
                rms,
                again.isPresent() ? again.getAsDouble() : null,
                text);
    }

    private static Reading scalar(Stored stored, String unit) {
        return new Reading(
                stored.position(),
                true,
                stored.channel(),
                time(stored),
                quality(stored),
                Double.isFinite(stored.value()) ? stored.value() : null,
                null,
                null,
                null,
                null,
                head(stored) + EvidenceText.quantity(stored.value(), unit));
    }

    private static String head(Stored stored) {
        return "reading " + stored.position() + ", " + SafeName.forPeople(stored.channel()) + ", " + time(stored) + ", "
                + quality(stored) + ": ";
    }

    private static String time(Stored stored) {
        return Instant.EPOCH.plus(stored.timeMicros(), ChronoUnit.MICROS).toString();
    }

    private static String quality(Stored stored) {
        return stored.quality().name().toLowerCase(Locale.ROOT);
    }
}
