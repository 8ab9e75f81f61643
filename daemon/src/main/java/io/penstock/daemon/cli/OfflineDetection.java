package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.LimitDetector;
import io.penstock.daemon.detect.OnsetDetector;
import io.penstock.daemon.detect.OnsetSettings;
import io.penstock.daemon.detect.StateDetector;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.window.AssetWindow;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the live window and detectors over a table: each row is read, judged and written before the next one is looked at.
 * Without a healthy baseline a single series is judged by its onsets; with one, and for several channels, the frozen state
 * decides.
 */
final class OfflineDetection {
    private static final int MOST_CHANNELS = 128;
    /** Rows looked at to tell which columns are numbers; their order and what is said of them does not depend on it. */
    private static final int TYPING_ROWS = 100;

    private static final int USUAL_FIT_ROWS = 400;
    /** An adaptive forest has seen enough of a series to tell its onsets. */
    private static final int ONSETS_FROM = 100;
    /** A value stands until the next one: a file says nothing of how long its values hold. */
    private static final Duration HELD = Duration.ofDays(3650);

    private final @Nullable Asset given;
    private final OptionalInt fitRows;
    private final Set<String> ignored;

    OfflineDetection(@Nullable Asset given, OptionalInt fitRows, Set<String> ignored) {
        this.given = given;
        this.fitRows = fitRows;
        this.ignored = Set.copyOf(ignored);
    }

    /**
     * Writes a row for every row of the input.
     *
     * @return what was not taken as it stands, in sentences: nothing is left out silently
     * @throws BadTable when the input is no such table
     */
    List<String> run(BufferedReader in, Writer out) throws IOException, BadTable {
        TableDoubts doubts = new TableDoubts();
        DetectTable table = new DetectTable(in, doubts);
        Deque<List<String>> ahead = new ArrayDeque<>();
        for (int i = 0; i < TYPING_ROWS; i++) {
            List<String> row = table.row();
            if (row == null) {
                break;
            }
            ahead.add(row);
        }
        List<Integer> columns = columns(table, ahead);
        Machine machine = new Machine(asset(table, columns), columns.size(), doubts);
        out.write("timestamp,score,flag\n");
        long rows = 0;
        for (List<String> row = next(ahead, table); row != null; row = next(ahead, table)) {
            double[] values = new double[columns.size()];
            for (int c = 0; c < values.length; c++) {
                String cell = row.get(columns.get(c));
                values[c] = table.number(cell);
                if (Double.isNaN(values[c]) && !cell.isBlank()) {
                    doubts.note(
                            "cells are no numbers and count as missing",
                            place(rows, table.header().get(columns.get(c)), cell));
                }
            }
            machine.row(row.getFirst(), values, rows);
            rows++;
            out.write(quoted(row.getFirst()));
            out.write(',');
            out.write(Double.toString(Math.round(machine.score() * 1e6) / 1e6));
            out.write(machine.flag() ? ",1\n" : ",0\n");
        }
        List<String> told = doubts.told();
        if (rows < machine.firstJudged()) {
            told.add("only " + rows + " rows, and the first " + machine.firstJudged()
                    + " are learned from: nothing was judged");
        }
        return told;
    }

    /** @param row from 0 */
    private static String place(long row, String column, String cell) {
        return "row " + (row + 1) + ", column " + column.strip() + ", " + TableDoubts.cell(cell);
    }

    private static @Nullable List<String> next(Deque<List<String>> ahead, DetectTable table)
            throws IOException, BadTable {
        List<String> row = ahead.pollFirst();
        return row != null ? row : table.row();
    }

    private List<Integer> columns(DetectTable table, Deque<List<String>> rows) throws BadTable {
        List<Integer> columns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int c = 1; c < table.header().size(); c++) {
            String name = table.header().get(c).strip();
            if (ignored.contains(name) || (given != null && given.channel(name) == null)) {
                continue;
            }
            int numbers = 0;
            int texts = 0;
            for (List<String> row : rows) {
                if (!Double.isNaN(table.number(row.get(c)))) {
                    numbers++;
                } else if (!row.get(c).isBlank()) {
                    texts++;
                }
            }
            if (rows.isEmpty() || numbers > 0 && numbers >= texts) {
                if (!seen.add(name)) {
                    throw new BadTable("line 1: the column " + name + " is there twice; rename one");
                }
                columns.add(c);
            }
        }
        if (columns.isEmpty()) {
            throw new BadTable("line 1: found no numeric column"
                    + (given == null ? "" : " that is a channel of asset " + given.id())
                    + " after the timestamp; check separators and --ignore");
        }
        if (columns.size() > MOST_CHANNELS) {
            throw new BadTable("line 1: found " + columns.size() + " numeric columns, expected at most " + MOST_CHANNELS
                    + "; leave some out with --ignore");
        }
        return columns;
    }

    /** The machine the columns belong to: as its file says, or one of which nothing but the names is known. */
    private Asset asset(DetectTable table, List<Integer> columns) throws BadTable {
        List<Channel> channels = new ArrayList<>();
        for (int c : columns) {
            String name = table.header().get(c).strip();
            Channel known = given == null ? null : given.channel(name);
            if (known != null && known.isWaveform()) {
                throw new BadTable("line 1: the column " + name + " is a waveform channel of asset " + known.id()
                        + ", expected scalar channels");
            }
            channels.add(known != null ? known : unknown(name, c));
        }
        return given == null
                ? new Asset("file", "unknown", OptionalDouble.empty(), OptionalInt.empty(), 50, channels, List.of())
                : new Asset(
                        given.id(),
                        given.kind(),
                        given.ratedRpm(),
                        given.blades(),
                        given.lineHz(),
                        channels,
                        List.of(),
                        given.operatingPoints());
    }

    private static Channel unknown(String name, int column) throws BadTable {
        try {
            return new Channel(
                    new ChannelId("file", name).channel(),
                    "column_" + column,
                    "1",
                    OptionalDouble.empty(),
                    0,
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    Duration.ZERO,
                    List.of());
        } catch (IllegalArgumentException e) {
            throw new BadTable("line 1, column " + (column + 1) + ": " + e.getMessage());
        }
    }

    private static String quoted(String cell) {
        return cell.contains(",") || cell.contains("\"") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
    }

    /** The live parts, in the order of a sense lane. */
    private final class Machine {
        private final Asset asset;
        private final RowClock clock = new RowClock();
        private final AssetWindow window;
        private final LimitDetector limits;
        private final @Nullable StateDetector state;
        private final @Nullable OnsetDetector onset;
        private final Set<String> standing = new HashSet<>();
        private final TableDoubts doubts;
        private double limitScore;

        Machine(Asset asset, int channels, TableDoubts doubts) {
            this.asset = asset;
            this.doubts = doubts;
            ValiditySettings validity = given == null ? ValiditySettings.unknownSensor() : ValiditySettings.standard();
            this.window = new AssetWindow(
                    asset,
                    (a, channel, samples, rate, shaft) -> {
                        throw new IllegalStateException("a table holds no waveforms");
                    },
                    new WindowSettings(Duration.ZERO, HELD, validity));
            this.limits = new LimitDetector(asset, validity);
            boolean frozen = fitRows.isPresent() || channels > 1;
            this.state = frozen
                    ? new StateDetector(
                            asset,
                            StateSettings.standard()
                                    .withFitVectors(fitRows.orElse(USUAL_FIT_ROWS))
                                    .withPatience(1))
                    : null;
            this.onset = fitRows.isPresent()
                    ? null
                    : new OnsetDetector(asset, channels == 1 ? OnsetSettings.standard() : OnsetSettings.multivariate());
        }

        void row(String timestamp, double[] values, long row) {
            long time = clock.micros(timestamp);
            switch (clock.worth()) {
                case NOT_LATER ->
                    doubts.note(
                            "rows are not later than the row before them and were taken in the file's order",
                            place(row, "of the timestamp", timestamp));
                case UNREADABLE ->
                    doubts.note(
                            "timestamps are none and count as a second after the row before them",
                            place(row, "of the timestamp", timestamp));
                case LATER -> {}
            }
            for (int c = 0; c < values.length; c++) {
                Channel channel = asset.channels().get(c);
                Quality quality = Double.isNaN(values[c]) ? Quality.BAD : Quality.GOOD;
                long before = window.dropped();
                window.accept(
                        new Reading.Scalar(new ChannelId(asset.id(), channel.id()), time, time, quality, values[c]),
                        row,
                        this::observe);
                if (window.dropped() > before && !Double.isNaN(values[c])) {
                    doubts.note(
                            "numbers are beyond belief and count as missing (out of the sensor's range, a spike, stuck, too fast)",
                            place(row, channel.id(), Double.toString(values[c])));
                }
            }
            window.completeInstant(this::observe);
        }

        private void observe(Observation observation) {
            limits.inspect(observation, this::limit);
            if (state != null) {
                state.inspect(observation, finding -> {});
            }
            if (onset != null) {
                onset.inspect(observation, finding -> {});
            }
        }

        private void limit(Finding finding) {
            String identity = finding.channel() + " " + finding.symptom();
            if (finding.active()) {
                standing.add(identity);
            } else {
                standing.remove(identity);
            }
            limitScore = standing.isEmpty() ? 0 : Math.max(0.5, finding.strength());
        }

        /** The first rows of which nothing can be said, where no limit speaks of them. */
        int firstJudged() {
            return !asset.channels().stream().allMatch(c -> c.limits().isEmpty())
                    ? 0
                    : onset != null ? ONSETS_FROM : fitRows.orElse(USUAL_FIT_ROWS);
        }

        double score() {
            double score = standing.isEmpty() ? 0 : limitScore;
            score = state == null ? score : Math.max(score, state.score());
            return onset == null ? score : Math.max(score, onset.score());
        }

        boolean flag() {
            return !standing.isEmpty() || (state != null && state.isShifted()) || (onset != null && onset.isOnset());
        }
    }
}
