package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.penstock.daemon.audit.Call;
import io.penstock.daemon.audit.CallOutcome;
import io.penstock.daemon.audit.CsvCalls;
import io.penstock.daemon.audit.JsonCalls;
import io.penstock.daemon.audit.VllmCalls;
import io.penstock.sensors.file.BoundedLines;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** One log of requests, read line by line; {@code .gz} files are unpacked on the way. What cannot be read is counted by reason. */
final class CallLogFile {
    private static final int MOST_REASONS = 20;

    private final Path file;
    private final Map<String, Rejected> rejects = new TreeMap<>();
    private long calls;
    private long bytes;

    /** Lines of one reason, and where the first is. */
    private record Rejected(long count, long firstLine) {}

    CallLogFile(Path file) {
        this.file = file;
    }

    /** Bytes read so far, packed ones where the file is packed. */
    long bytes() {
        return bytes;
    }

    long calls() {
        return calls;
    }

    /** What could not be read: {@code FILE: N lines, first line L: reason}. */
    List<String> rejects() {
        return rejects.entrySet().stream()
                .map(e -> file.getFileName() + ": " + e.getValue().count() + " lines, the first is line "
                        + e.getValue().firstLine() + ": " + e.getKey())
                .toList();
    }

    /** @param csv how the columns of a table are called; null: the log is of lines */
    void read(@Nullable CsvCalls csv, Consumer<Call> to) throws IOException {
        try (InputStream in = new Counted(Files.newInputStream(file));
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
                Reader reader = new InputStreamReader(plain, StandardCharsets.UTF_8)) {
            if (csv == null) {
                lines(reader, to);
            } else {
                table(csv, reader, to);
            }
        }
    }

    private void lines(Reader reader, Consumer<Call> to) throws IOException {
        BoundedLines lines = new BoundedLines(reader);
        long number = 0;
        for (String line = lines.next(); line != null; line = lines.next()) {
            number++;
            if (lines.wasCut()) {
                reject(number, "is longer than " + BoundedLines.LONGEST + " characters");
                continue;
            }
            take(number, line.startsWith("{") ? JsonCalls.read(line) : other(line), to);
        }
    }

    private static CallOutcome other(String line) {
        CallOutcome outcome = VllmCalls.read(line);
        String start = line.stripLeading();
        return outcome instanceof CallOutcome.Other && (start.startsWith("{") || start.startsWith("["))
                ? JsonCalls.read(start)
                : outcome;
    }

    private void table(CsvCalls csv, Reader reader, Consumer<Call> to) throws IOException {
        CsvMapper mapper = CsvMapper.builder()
                .enable(CsvParser.Feature.SKIP_EMPTY_LINES, CsvParser.Feature.IGNORE_TRAILING_UNMAPPABLE)
                .build();
        try (MappingIterator<Map<String, String>> rows = mapper.readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(reader)) {
            long rowNumber = 0;
            while (rows.hasNextValue()) {
                Map<String, String> row = rows.nextValue();
                rowNumber++;
                Optional<String> missing = rowNumber == 1 ? csv.missing(row.keySet()) : Optional.empty();
                if (missing.isPresent()) {
                    throw new IOException("read " + file + " as a table: " + missing.get());
                }
                take(rows.getCurrentLocation().getLineNr(), csv.read(row), to);
            }
        } catch (JsonProcessingException e) {
            reject(
                    e.getLocation().getLineNr(),
                    "begins a quoted field that never ends; what follows cannot be told apart");
        }
    }

    private void take(long number, CallOutcome outcome, Consumer<Call> to) {
        switch (outcome) {
            case CallOutcome.Parsed(Call call) -> {
                calls++;
                to.accept(call);
            }
            case CallOutcome.Other() -> {}
            case CallOutcome.Rejected(String reason) -> reject(number, reason);
        }
    }

    private void reject(long number, String reason) {
        String known = rejects.containsKey(reason) || rejects.size() < MOST_REASONS ? reason : "(other reasons)";
        rejects.merge(known, new Rejected(1, number), (a, b) -> new Rejected(a.count() + 1, a.firstLine()));
    }

    private final class Counted extends FilterInputStream {
        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            bytes += one < 0 ? 0 : 1;
            return one;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int n = super.read(into, from, length);
            bytes += Math.max(0, n);
            return n;
        }
    }
}
