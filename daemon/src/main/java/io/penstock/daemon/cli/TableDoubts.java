package io.penstock.daemon.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What of a table was not taken as it stands: each kind once, with its count and its first place. */
final class TableDoubts {
    private static final int LONGEST_CELL = 40;

    private record Doubt(long count, String first) {}

    private final Map<String, Doubt> doubts = new LinkedHashMap<>();

    /**
     * @param kind what it is, in the plural, and what was done about it
     * @param place row, column and text of this one
     */
    void note(String kind, String place) {
        doubts.merge(kind, new Doubt(1, place), (old, one) -> new Doubt(old.count() + 1, old.first()));
    }

    /** A cell as it may be printed. */
    static String cell(String text) {
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return '"'
                + (printable.length() > LONGEST_CELL ? printable.substring(0, LONGEST_CELL) + "..." : printable)
                + '"';
    }

    List<String> told() {
        List<String> told = new ArrayList<>();
        doubts.forEach((kind, doubt) -> told.add(doubt.count() + " " + kind + "; the first: " + doubt.first()));
        return told;
    }
}
