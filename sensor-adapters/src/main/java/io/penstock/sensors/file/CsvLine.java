package io.penstock.sensors.file;

import java.util.ArrayList;
import java.util.List;

/** Lines of a CSV table as every reader of ours takes them: one separator, found in the header, and quotation marks. Pure. */
public final class CsvLine {
    private static final String SEPARATORS = ";,\t";

    private CsvLine() {}

    /** The one of {@code ;} {@code ,} tab that the header has most of; a comma where it has none. */
    public static char separator(String header) {
        char best = ',';
        long most = 0;
        for (char candidate : SEPARATORS.toCharArray()) {
            long found = header.chars().filter(c -> c == candidate).count();
            if (found > most) {
                most = found;
                best = candidate;
            }
        }
        return best;
    }

    /** Cells of a line; a cell in quotation marks may hold the separator, and a doubled mark is one mark. */
    public static List<String> cells(String line, char separator) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    cell.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == separator && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
