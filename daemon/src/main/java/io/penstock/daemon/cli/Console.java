package io.penstock.daemon.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;

/** How commands print: tables for people, one JSON value a line for programs. */
final class Console {
    private static final ObjectMapper JSON = new ObjectMapper()
            .registerModule(new SimpleModule()
                    .addSerializer(Duration.class, ToStringSerializer.instance)
                    .addSerializer(Path.class, ToStringSerializer.instance)
                    .addSerializer(OptionalDouble.class, new JsonSerializer<>() {
                        @Override
                        public void serialize(OptionalDouble value, JsonGenerator to, SerializerProvider unused)
                                throws IOException {
                            to.writePOJO(value.isPresent() ? value.getAsDouble() : null);
                        }
                    })
                    .addSerializer(OptionalInt.class, new JsonSerializer<>() {
                        @Override
                        public void serialize(OptionalInt value, JsonGenerator to, SerializerProvider unused)
                                throws IOException {
                            to.writePOJO(value.isPresent() ? value.getAsInt() : null);
                        }
                    }));
    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");
    private static final int GAP = 2;
    private static final int WIDEST = 100;

    private Console() {}

    static void json(PrintWriter out, Object value) {
        try {
            out.println(escaped(JSON.writeValueAsString(value)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An object over several lines, for a person. */
    static void pretty(PrintWriter out, JsonNode value) {
        value.toPrettyString().lines().map(Console::escaped).forEach(out::println);
    }

    /** JSON as JSON, with what a terminal might obey escaped; such characters stand in its strings alone. */
    static String escaped(String json) {
        return UNPRINTABLE.matcher(json).replaceAll(found -> {
            StringBuilder codes = new StringBuilder();
            for (char c : found.group().toCharArray()) {
                codes.append(String.format(Locale.ROOT, "\\\\u%04X", (int) c));
            }
            return codes.toString();
        });
    }

    /** Text from outside: what would move a cursor, end a line or turn the writing round becomes a question mark. */
    static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }

    /** A table whose last column wraps and whose others are as wide as they need. Cells are made {@link #printable}. */
    static void table(PrintWriter out, List<String> head, List<List<String>> cells) {
        List<List<String>> rows = cells.stream()
                .map(row -> row.stream().map(Console::printable).toList())
                .toList();
        Column[] columns = new Column[head.size()];
        for (int i = 0; i < columns.length; i++) {
            int width = head.get(i).length();
            for (List<String> row : rows) {
                width = Math.max(width, row.get(i).length());
            }
            columns[i] = new Column(Math.min(width, WIDEST) + GAP, 0, Column.Overflow.WRAP);
        }
        ColorScheme plain = new ColorScheme.Builder(Ansi.OFF).build();
        TextTable table = TextTable.forColumns(plain, columns);
        table.addRowValues(head.toArray(String[]::new));
        rows.forEach(row -> table.addRowValues(row.toArray(String[]::new)));
        table.toString().lines().map(String::stripTrailing).forEach(out::println);
    }

    /** Whether a person watches. */
    static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** A line that the next one is written over, on a terminal alone; the last one stays. */
    static void progress(PrintWriter err, String line, boolean last) {
        if (isTerminal()) {
            err.print("\r" + line + (last ? "\n" : ""));
            err.flush();
        }
    }

    /** Local time to the second, for people. */
    static String local(long micros) {
        return micros == 0 ? "-" : LOCAL.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
    }

    static String percent(double share) {
        return Math.round(share * 100) + " %";
    }
}
