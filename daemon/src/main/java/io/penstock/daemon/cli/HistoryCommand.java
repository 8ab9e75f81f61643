package io.penstock.daemon.cli;

import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.RecordedReadings;
import io.penstock.daemon.store.StoredAggregates;
import io.penstock.daemon.store.StoredAggregates.Span;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Reading;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock history ASSET[/CHANNEL]}: what a machine's channels were, by reading, minute or hour. */
@Command(
        name = "history",
        description = {
            "Shows what channels were: by minutes and hours, which outlive the raw readings, or reading by reading.",
            "Times are source times. What was not measured is shown as a gap."
        })
final class HistoryCommand implements Callable<Integer> {
    private static final long MINUTE = 60_000_000;
    private static final String BARS = "▁▂▃▄▅▆▇█";
    private static final int CURVE = 80;

    @Mixin
    StoreOption store = new StoreOption();

    @Mixin
    Stretch stretch = new Stretch();

    @Parameters(paramLabel = "ASSET[/CHANNEL]", description = "A machine, or one channel of it.")
    @SuppressWarnings("NullAway.Init")
    String named;

    /** How fine. */
    enum By {
        RAW,
        MINUTE,
        HOUR
    }

    @Option(
            names = "--by",
            paramLabel = "STEP",
            description = "raw, minute or hour (default: raw to 10 minutes, minute to 6 hours, then hour).")
    @Nullable
    By by;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "200",
            description = "The newest N lines of a channel (default: 200); --json has no limit.")
    int limit = 200;

    @Option(names = "--json", description = "One JSON object a line.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** A line of the table, or of a gap where the cells are none. */
    private record Line(long micros, List<String> cells, double height) {}

    @Override
    public Integer call() throws Exception {
        if (limit < 1 || limit > 100_000) {
            throw new ParameterException(spec.commandLine(), "--limit is " + limit + ", expected 1 to 100000");
        }
        Path file = store.store();
        Stretch.Micros span = stretch.micros(Instant.now(), Duration.ofHours(24));
        By step = by != null ? by : step(span.to() - span.from());
        List<ChannelId> channels = Database.readOnly(file, c -> RecordedReadings.channels(c, named));
        if (channels.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("No reading has come from " + SafeName.forPeople(named)
                            + "; 'penstock status' shows what the sources give.");
            return ExitCode.NOTHING_FOUND;
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean any = false;
        for (ChannelId channel : channels) {
            any |= step == By.RAW ? raw(out, file, channel, span) : stretches(out, file, channel, span, step);
        }
        if (!any) {
            spec.commandLine()
                    .getErr()
                    .println("Nothing from " + Stretch.rfc3339(span.from()) + " to " + Stretch.rfc3339(span.to())
                            + " by " + step.name().toLowerCase(Locale.ROOT)
                            + "; minutes and hours are written with each snapshot, and each class has its own age.");
        }
        return any ? ExitCode.DONE : ExitCode.NOTHING_FOUND;
    }

    private static By step(long micros) {
        if (micros <= 10 * MINUTE) {
            return By.RAW;
        }
        return micros <= 360 * MINUTE ? By.MINUTE : By.HOUR;
    }

    private boolean stretches(PrintWriter out, Path file, ChannelId channel, Stretch.Micros span, By by)
            throws Exception {
        Span length = by == By.HOUR ? Span.HOUR : Span.MINUTE;
        Lines lines = new Lines(length.micros());
        boolean[] waves = new boolean[1];
        Database.readOnly(file, c -> {
            long first = Math.floorDiv(span.from(), length.micros()) * length.micros();
            StoredAggregates.read(c, channel.asset(), channel.channel(), length, first, span.to(), s -> {
                boolean wave = !Double.isNaN(s.peak());
                waves[0] |= wave;
                if (json) {
                    Map<String, Object> row = head(channel, s.startMicros());
                    row.put("measure", wave ? "rms" : "value");
                    row.put("count", s.count());
                    row.put("bad", s.bad());
                    put(row, "min", s.least());
                    put(row, "mean", s.mean());
                    put(row, "max", s.most());
                    put(row, "last", s.last());
                    put(row, "peak", s.peak());
                    put(row, "kurtosis", s.kurtosis());
                    Console.json(out, row);
                }
                lines.add(
                        s.startMicros(),
                        s.mean(),
                        List.of(
                                Long.toString(s.count()),
                                Long.toString(s.bad()),
                                number(s.least()),
                                number(s.mean()),
                                number(s.most()),
                                number(s.last()),
                                number(s.peak()),
                                number(s.kurtosis())));
            });
            return true;
        });
        String title = SafeName.forPeople(channel.toString()) + ", by "
                + by.name().toLowerCase(Locale.ROOT)
                + (waves[0] ? ": RMS of its waveforms, mean removed; peak and kurtosis the largest of one" : "");
        return lines.print(
                out, title, List.of("TIME", "COUNT", "BAD", "MIN", "MEAN", "MAX", "LAST", "PEAK", "KURTOSIS"));
    }

    private boolean raw(PrintWriter out, Path file, ChannelId channel, Stretch.Micros span) throws Exception {
        Lines lines = new Lines(MINUTE);
        var readings = new RecordedReadings(
                new RecordedReadings.Selection(channel.asset(), channel.channel(), span.from(), span.to()));
        List<Journalled> page = Database.readOnly(file, readings::next);
        while (!page.isEmpty()) {
            for (Journalled row : page) {
                Reading reading = row.reading();
                String quality = reading.quality().name().toLowerCase(Locale.ROOT);
                double value = reading instanceof Reading.Scalar s ? s.value() : Double.NaN;
                String what = reading instanceof Reading.Waveform w
                        ? w.samples().length + " samples at " + number(w.rateHz()) + " Hz"
                        : number(value);
                if (json) {
                    Map<String, Object> object = head(channel, reading.sourceMicros());
                    object.put("position", row.position());
                    object.put("quality", quality);
                    if (reading instanceof Reading.Waveform w) {
                        object.put("rate_hz", w.rateHz());
                        object.put("samples", w.samples().length);
                    } else {
                        put(object, "value", value);
                    }
                    Console.json(out, object);
                }
                lines.add(reading.sourceMicros(), value, List.of(what, quality, Long.toString(row.position())));
            }
            page = Database.readOnly(file, readings::next);
        }
        return lines.print(
                out,
                SafeName.forPeople(channel.toString()) + ", as journalled",
                List.of("TIME", "VALUE", "QUALITY", "POSITION"));
    }

    private static Map<String, Object> head(ChannelId channel, long micros) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("asset", channel.asset());
        row.put("channel", channel.channel());
        row.put("time", Stretch.rfc3339(micros));
        return row;
    }

    private static void put(Map<String, Object> row, String key, double value) {
        row.put(key, Double.isNaN(value) ? null : value);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.6g", value);
    }

    /** The newest lines of one channel, with gaps where nothing came for longer than a step. */
    private final class Lines {
        private final long step;
        private final Deque<Line> newest = new ArrayDeque<>();
        private long last = Long.MAX_VALUE;
        private long count;

        Lines(long step) {
            this.step = step;
        }

        void add(long micros, double height, List<String> cells) {
            if (last != Long.MAX_VALUE && micros - last > step) {
                keep(new Line(last + 1, List.of(), micros - last));
            }
            last = micros;
            count++;
            keep(new Line(micros, cells, height));
        }

        private void keep(Line line) {
            newest.add(line);
            if (newest.size() > limit) {
                newest.removeFirst();
            }
        }

        boolean print(PrintWriter out, String title, List<String> heads) {
            if (json || count == 0) {
                return count > 0;
            }
            out.println(title);
            long shown = newest.stream().filter(line -> !line.cells().isEmpty()).count();
            if (shown < count) {
                out.println("  the newest " + shown + " of " + count + " lines; --limit shows more");
            }
            String curve = curve();
            if (!curve.isEmpty()) {
                out.println("  " + curve);
            }
            List<List<String>> rows = new ArrayList<>();
            for (Line line : newest) {
                List<String> row = new ArrayList<>();
                if (line.cells().isEmpty()) {
                    row.add("  no reading for "
                            + Duration.ofMillis((long) line.height() / 1_000)
                                    .toString()
                                    .substring(2)
                                    .toLowerCase(Locale.ROOT));
                    heads.stream().skip(1).forEach(any -> row.add(""));
                } else {
                    row.add(Stretch.rfc3339(line.micros()));
                    row.addAll(line.cells());
                }
                rows.add(row);
            }
            Console.table(out, heads, rows);
            out.println();
            return true;
        }

        /** The lines' heights as bars, the newest {@value #CURVE}; a gap is a blank. */
        private String curve() {
            List<Line> lines = List.copyOf(newest).subList(Math.max(0, newest.size() - CURVE), newest.size());
            double[] heights = lines.stream()
                    .filter(line -> !line.cells().isEmpty() && !Double.isNaN(line.height()))
                    .mapToDouble(Line::height)
                    .toArray();
            if (heights.length < 2 || !PlotCommand.speaksUnicode()) {
                return "";
            }
            double least = java.util.Arrays.stream(heights).min().orElse(0);
            double most = java.util.Arrays.stream(heights).max().orElse(0);
            StringBuilder bars = new StringBuilder();
            for (Line line : lines) {
                boolean gap = line.cells().isEmpty() || Double.isNaN(line.height());
                int bar = most > least ? (int) ((line.height() - least) / (most - least) * (BARS.length() - 1)) : 0;
                bars.append(gap ? ' ' : BARS.charAt(bar));
            }
            return bars + "  " + number(least) + " to " + number(most);
        }
    }
}
