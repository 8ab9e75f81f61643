package io.penstock.daemon.cli;

import io.penstock.sensors.file.CsvLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table for offline detection, read row by row: one header line; a cell that is no number is none. */
final class DetectTable {
    private static final int LONGEST_LINE = 1 << 20;

    private final BufferedReader in;
    private final List<String> header;
    private final char separator;
    private final TableDoubts doubts;
    private int line;

    /** @throws BadTable when the first line is no header */
    DetectTable(BufferedReader in, TableDoubts doubts) throws IOException, BadTable {
        this.in = in;
        this.doubts = doubts;
        String first = nextLine();
        if (first == null) {
            throw new BadTable("line 1: the file is empty, expected a header such as timestamp,value");
        }
        if (first.startsWith("\uFEFF")) {
            first = first.substring(1);
        }
        separator = CsvLine.separator(first);
        header = CsvLine.cells(first, separator);
        if (header.size() < 2) {
            throw new BadTable("line 1: found one column, expected a timestamp and values separated by , or ;");
        }
        if (header.stream().skip(1).noneMatch(cell -> Double.isNaN(number(cell)))) {
            throw new BadTable("line 1: found numbers only, expected a header that names the columns");
        }
    }

    /** The column names. */
    List<String> header() {
        return header;
    }

    /** The line of the newest row, from 1. */
    int line() {
        return line;
    }

    /** The next row, or null at the end. Blank lines are no rows; cells that are not there are empty. */
    @Nullable
    List<String> row() throws IOException, BadTable {
        for (String text = nextLine(); text != null; text = nextLine()) {
            if (text.isBlank()) {
                continue;
            }
            List<String> cells = CsvLine.cells(text, separator);
            if (cells.size() > header.size()) {
                throw new BadTable("line " + line + ": found " + cells.size() + " cells, the header has "
                        + header.size() + "; check separators and decimal commas");
            }
            if (cells.size() < header.size()) {
                doubts.note(
                        "rows have fewer cells than the header, the missing ones are no values",
                        "line " + line + " has " + cells.size() + " of " + header.size() + " cells");
            }
            while (cells.size() < header.size()) {
                cells.add("");
            }
            return cells;
        }
        return null;
    }

    /** The number in a cell, or NaN where there is none. A decimal comma counts where cells are not separated by commas. */
    double number(String cell) {
        String text = cell.strip();
        if (text.isEmpty() || text.length() > 64) {
            return Double.NaN;
        }
        char last = text.charAt(text.length() - 1);
        if (last != '.' && !Character.isDigit(last)) {
            // Double.parseDouble would take 1d, 1f and Infinity
            return Double.NaN;
        }
        try {
            return Double.parseDouble(separator == ',' ? text : text.replace(',', '.'));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private @Nullable String nextLine() throws IOException, BadTable {
        try {
            String text = in.readLine();
            line++;
            if (text != null && text.length() > LONGEST_LINE) {
                throw new BadTable(
                        "line " + line + ": it has " + text.length() + " characters, expected at most " + LONGEST_LINE);
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new BadTable("line " + (line + 1) + ": it is not UTF-8 text; save the file as UTF-8");
        }
    }
}
