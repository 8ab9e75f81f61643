package io.penstock.daemon.plot;

import java.util.List;

/**
 * One diagram: a curve over an axis, with the levels it is held against and the places to look at. Texts are for people and
 * already clean; what is not printable becomes a question mark all the same.
 *
 * @param title one line
 * @param xAxis quantity and unit
 * @param yAxis quantity and unit
 * @param bars true to draw each value down to the lowest, as spectra are; false to join neighbours
 * @param points in order of {@code x}; a gap where a value is not finite
 * @param levels horizontal lines
 * @param marks vertical places, in order of {@code x}
 */
public record Chart(
        String title,
        String xAxis,
        String yAxis,
        boolean bars,
        List<Point> points,
        List<Level> levels,
        List<Mark> marks) {
    /** Points beyond which a diagram shows no more. */
    public static final int MOST_POINTS = 100_000;

    private static final int LONGEST_TEXT = 160;

    /**
     * One value, or the range of several that stand too near to be told apart.
     *
     * @param low not above {@code high}
     */
    public record Point(double x, double low, double high) {
        public static Point at(double x, double y) {
            return new Point(x, y, y);
        }

        boolean known() {
            return Double.isFinite(low) && Double.isFinite(high);
        }
    }

    /** What a level is. */
    public enum Kind {
        /** An alarm limit. */
        LIMIT,
        /** What is healthy. */
        BASELINE
    }

    /** A horizontal line. */
    public record Level(Kind kind, double y, String text) {}

    /**
     * A place on the axis.
     *
     * @param main one of those the diagram is about; others are drawn faintly
     */
    public record Mark(double x, String text, boolean main) {}

    public Chart {
        title = printable(title);
        xAxis = printable(xAxis);
        yAxis = printable(yAxis);
        if (points.size() > MOST_POINTS) {
            throw new IllegalArgumentException(
                    "a chart of " + points.size() + " points, expected at most " + MOST_POINTS);
        }
        points = List.copyOf(points);
        levels = levels.stream()
                .filter(level -> Double.isFinite(level.y()))
                .map(level -> new Level(level.kind(), level.y(), printable(level.text())))
                .toList();
        marks = marks.stream()
                .filter(mark -> Double.isFinite(mark.x()))
                .map(mark -> new Mark(mark.x(), printable(mark.text()), mark.main()))
                .toList();
    }

    /** Whether there is anything to draw. */
    public boolean isEmpty() {
        return points.stream().noneMatch(Point::known);
    }

    /** No control, no format character, no half of a pair, bounded. */
    private static String printable(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints()
                .limit(LONGEST_TEXT)
                .forEach(c -> kept.appendCodePoint(
                        switch (Character.getType(c)) {
                            case Character.CONTROL,
                                    Character.FORMAT,
                                    Character.SURROGATE,
                                    Character.PRIVATE_USE,
                                    Character.UNASSIGNED,
                                    Character.LINE_SEPARATOR,
                                    Character.PARAGRAPH_SEPARATOR -> '?';
                            default -> c;
                        }));
        return kept.toString();
    }

    /** The axis over the points and marks, of some width even where all stand on one place. */
    Scale horizontal() {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (Point point : points) {
            least = Math.min(least, point.x());
            most = Math.max(most, point.x());
        }
        return Scale.of(least, most, 0);
    }

    /**
     * The axis over the values, and over the levels that do not stand so far off that the curve would be a flat line: those are
     * told in words.
     */
    Scale vertical() {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (Point point : points) {
            if (point.known()) {
                least = Math.min(least, point.low());
                most = Math.max(most, point.high());
            }
        }
        double own = most - least;
        double size = Math.max(Math.abs(least), Math.abs(most));
        for (Level level : levels) {
            double far = Math.max(level.y() - most, least - level.y());
            if (far <= 3 * own || far <= 0.5 * size) {
                least = Math.min(least, level.y());
                most = Math.max(most, level.y());
            }
        }
        // bars stand on the axis
        return bars ? new Scale(Math.min(0, least), Math.max(1, 1.04 * most)) : Scale.of(least, most, 0.04);
    }
}
