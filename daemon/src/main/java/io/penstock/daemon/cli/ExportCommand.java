package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journalled;
import io.penstock.daemon.store.RecordedReadings;
import io.penstock.sensors.reading.Reading;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock export}: raw readings as a file that other programs, or {@code penstock replay}, read. */
@Command(
        name = "export",
        description = {
            "Writes raw readings as JSON lines that 'penstock replay' reads, or as CSV.",
            "In the order they were journalled; CSV with a row a reading. Memory stays the same however much it is;"
                    + " the daemon may run."
        })
final class ExportCommand implements Callable<Integer> {
    private static final String HEADER = "time,received,asset,channel,quality,value,rate_hz,samples";

    @Mixin
    StoreOption store = new StoreOption();

    @Mixin
    Stretch stretch = new Stretch();

    @Option(names = "--asset", paramLabel = "ID", description = "Of one machine only.")
    @Nullable
    String asset;

    @Option(names = "--channel", paramLabel = "ID", description = "Of one channel of it only.")
    @Nullable
    String channel;

    /** What is written. */
    enum Format {
        JSONL,
        CSV
    }

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "jsonl", description = "jsonl (default) or csv.")
    Format format = Format.JSONL;

    @Option(names = "--no-waveforms", description = "Leave waveforms out.")
    boolean noWaveforms;

    @Option(names = "--out", paramLabel = "FILE", description = "Default: standard output.")
    @Nullable
    Path to;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (channel != null && asset == null) {
            throw new ParameterException(spec.commandLine(), "--channel needs --asset");
        }
        Stretch.Micros span = stretch.micros(Instant.now(), null);
        var selection = new RecordedReadings.Selection(
                asset, channel, span.from(), stretch.to == null ? Long.MAX_VALUE : span.to());
        long rows;
        Path file = to;
        if (file == null) {
            PrintWriter out = spec.commandLine().getOut();
            rows = write(selection, out);
            out.flush();
        } else {
            Path part = file.resolveSibling(file.getFileName() + ".part");
            try {
                try (BufferedWriter out = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
                    rows = write(selection, out);
                }
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        }
        spec.commandLine().getErr().println(rows + " readings exported");
        return rows == 0 ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    private long write(RecordedReadings.Selection selection, Writer out) throws Exception {
        if (format == Format.CSV) {
            out.write(HEADER + "\n");
        }
        RecordedReadings readings = new RecordedReadings(selection);
        Path file = store.store();
        long rows = 0;
        List<Journalled> page = Database.readOnly(file, readings::next);
        while (!page.isEmpty()) {
            for (Journalled row : page) {
                if (noWaveforms && row.reading() instanceof Reading.Waveform) {
                    continue;
                }
                out.write(format == Format.CSV ? csv(row.reading()) : json(row.reading()));
                out.write('\n');
                rows++;
            }
            page = Database.readOnly(file, readings::next);
        }
        return rows;
    }

    private static String json(Reading reading) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("asset", reading.channel().asset());
            json.writeStringField("channel", reading.channel().channel());
            json.writeStringField("ts", Stretch.rfc3339(reading.sourceMicros()));
            json.writeStringField("received", Stretch.rfc3339(reading.receivedMicros()));
            json.writeStringField("quality", quality(reading));
            switch (reading) {
                case Reading.Scalar scalar -> {
                    if (Double.isFinite(scalar.value())) {
                        json.writeNumberField("value", scalar.value());
                    } else {
                        json.writeNullField("value");
                    }
                }
                case Reading.Waveform wave -> {
                    json.writeNumberField("fs", wave.rateHz());
                    json.writeStringField("samples_b64", base64(wave));
                }
            }
            json.writeEndObject();
        }
        return text.toString();
    }

    private static final JsonFactory JSON = new JsonFactory();

    private static String csv(Reading reading) {
        String head = Stretch.rfc3339(reading.sourceMicros())
                + ','
                + Stretch.rfc3339(reading.receivedMicros())
                + ','
                + cell(reading.channel().asset())
                + ','
                + cell(reading.channel().channel())
                + ','
                + quality(reading)
                + ',';
        return head
                + switch (reading) {
                    case Reading.Scalar scalar -> (Double.isFinite(scalar.value()) ? scalar.value() : "") + ",,";
                    // a name before the base64 text, which may begin with a + that a spreadsheet takes for a formula
                    case Reading.Waveform wave -> "," + wave.rateHz() + ",base64:" + base64(wave);
                };
    }

    /** What begins a formula, in the wide forms that a spreadsheet of a Japanese desk takes for the same, too. */
    private static final String FORMULA = "=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20";

    /** A text of the plant: quoted where needed, and never a formula for the spreadsheet that opens it. */
    static String cell(String text) {
        String safe = text.isEmpty() || FORMULA.indexOf(text.charAt(0)) < 0 ? text : "'" + text;
        return safe.chars().anyMatch(c -> c == ',' || c == ';' || c == '"' || c == '\n' || c == '\r')
                ? '"' + safe.replace("\"", "\"\"") + '"'
                : safe;
    }

    private static String quality(Reading reading) {
        return reading.quality().name().toLowerCase(Locale.ROOT);
    }

    private static String base64(Reading.Waveform wave) {
        ByteBuffer bytes =
                ByteBuffer.allocate(wave.samples().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(wave.samples());
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
