package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What leaves a gateway for people's eyes holds nothing that steers a terminal or a spreadsheet; the log is listened to meanwhile. */
final class PlainOutput implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    PlainOutput() {
        logged.start();
        root().addAppender(logged);
    }

    @Override
    public void close() {
        root().detachAppender(logged);
    }

    private static ch.qos.logback.classic.Logger root() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("ROOT");
    }

    /** Each event is one line with nothing in it that a terminal obeys, by the encoder the daemon logs with. */
    void logIsPlain() {
        ConsoleAppender<ILoggingEvent> stderr = (ConsoleAppender<ILoggingEvent>) root().getAppender("STDERR");
        for (ILoggingEvent event : List.copyOf(logged.list)) {
            String line = new String(stderr.getEncoder().encode(event), StandardCharsets.UTF_8);
            if (event.getThrowableProxy() == null) {
                assertThat(line.lines()).as(line).hasSize(1);
            }
            plain("log", line);
        }
    }

    /** Gives its rows, the head among them. */
    static int csvIsATableWithoutFormulas(String text) throws Exception {
        plain("CSV", text);
        try (var rows = new CsvMapper()
                .readerFor(String[].class)
                .with(CsvParser.Feature.WRAP_AS_ARRAY)
                .<String[]>readValues(text)) {
            int count = 0;
            while (rows.hasNextValue()) {
                String[] row = rows.nextValue();
                assertThat(row).hasSize(8);
                assertThat(row[2]).doesNotMatch("(?s)[=+@\\-\\t\\r\uFF1D\uFF0B\uFF0D\uFF20].*");
                assertThat(row[3]).doesNotMatch("(?s)[=+@\\-\\t\\r\uFF1D\uFF0B\uFF0D\uFF20].*");
                count++;
            }
            return count;
        }
    }

    /** A JSON value a line, at least so many. */
    static void json(String text, int least) throws Exception {
        plain("JSON", text);
        List<String> lines = text.lines().toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(least);
        for (String line : lines) {
            JSON.readTree(line);
        }
    }

    /** Nothing that moves a cursor, ends a line, turns the writing round or cannot be seen. */
    static void plain(String what, String text) {
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            boolean bad = (type == Character.CONTROL && c != '\n')
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            if (bad) {
                int at = text.indexOf(Character.toString(c));
                throw new AssertionError(what + " holds U+" + Integer.toHexString(c) + " in: "
                        + text.substring(Math.max(0, at - 60), Math.min(text.length(), at + 60)));
            }
        });
    }
}
