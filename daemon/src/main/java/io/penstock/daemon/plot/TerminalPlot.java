package io.penstock.daemon.plot;

import io.penstock.daemon.plot.Chart.Kind;
import io.penstock.daemon.plot.Chart.Level;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A chart as lines of text: braille dots, two by four to a character, or plain ASCII where a terminal has no braille. No colour
 * and no cursor movement, so it can go into a file or a mail.
 *
 * @param width characters of a line, at least 40
 * @param height lines of the curve, at least 4
 */
public record TerminalPlot(int width, int height, boolean ascii) {
    private static final int MARGIN = 10;
    private static final int Y_TICKS = 4;
    private static final int LABEL_LINES = 4;
    /** Bit of a dot within a braille character, by row and column (Unicode 16, block 2800). */
    private static final int[][] DOT = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    public TerminalPlot {
        if (width < 40 || width > 400 || height < 4 || height > 200) {
            throw new IllegalArgumentException("a plot of " + width + " by " + height
                    + " characters, expected a width of 40 to 400 and a height of 4 to 200");
        }
    }

    /** The dots of the curve and the characters over them. */
    private final class Canvas {
        final int columns = width - MARGIN;
        final int dotColumns = ascii ? columns : 2 * columns;
        final int dotRows = ascii ? height : 4 * height;
        final boolean[][] dots = new boolean[dotRows][dotColumns];
        final char[][] over = new char[height][columns];

        /** @param place 0 at the bottom, 1 at the top */
        int row(double place) {
            return (int) Math.clamp(Math.round((1 - place) * (dotRows - 1)), 0, dotRows - 1);
        }

        int column(double place) {
            return (int) Math.clamp(Math.round(place * (dotColumns - 1)), 0, dotColumns - 1);
        }

        void upright(int column, double from, double to) {
            int first = row(to);
            int last = row(from);
            for (int row = first; row <= last; row++) {
                dots[row][column] = true;
            }
        }

        /** From the middle of one range to the middle of the next. */
        void join(int fromColumn, double from, int toColumn, double to) {
            double before = from;
            for (int column = fromColumn + 1; column <= toColumn; column++) {
                double now = from + (to - from) * (column - fromColumn) / (toColumn - fromColumn);
                upright(column, Math.min(before, now), Math.max(before, now));
                before = now;
            }
        }

        char at(int row, int column) {
            int bits = 0;
            if (ascii) {
                return dots[row][column] ? '*' : over[row][column] == 0 ? ' ' : over[row][column];
            }
            for (int r = 0; r < 4; r++) {
                for (int c = 0; c < 2; c++) {
                    bits |= dots[4 * row + r][2 * column + c] ? DOT[r][c] : 0;
                }
            }
            return bits != 0 ? (char) (0x2800 + bits) : over[row][column] == 0 ? ' ' : over[row][column];
        }
    }

    /** The chart's lines, none longer than {@link #width} save for the title. */
    public List<String> lines(Chart chart) {
        List<String> lines = new ArrayList<>();
        lines.add(shown(chart.title()));
        if (chart.isEmpty()) {
            lines.add("  (no value to draw)");
            return lines;
        }
        Scale x = chart.horizontal();
        Scale y = chart.vertical();
        Canvas canvas = new Canvas();
        levels(chart, y, canvas);
        curve(chart, x, y, canvas);
        String[] margin = new String[height];
        Arrays.fill(margin, "");
        for (double tick : y.ticks(Y_TICKS)) {
            margin[line(y.place(tick))] = y.text(tick, Y_TICKS);
        }
        lines.add(padded(shown(chart.yAxis()), MARGIN - 1).stripTrailing());
        for (int row = 0; row < height; row++) {
            StringBuilder text = new StringBuilder(padded(margin[row], MARGIN - 2));
            text.append(margin[row].isEmpty() ? ' ' : ascii ? '+' : '┤').append(ascii ? '|' : '│');
            text.setLength(MARGIN);
            for (int column = 0; column < canvas.columns; column++) {
                text.append(canvas.at(row, column));
            }
            lines.add(text.toString().stripTrailing());
        }
        axis(chart, x, canvas, lines);
        for (Level level : chart.levels()) {
            String way =
                    y.holds(level.y()) ? "" : level.y() > y.most() ? " (above this diagram)" : " (below this diagram)";
            lines.add(
                    " ".repeat(MARGIN) + stroke(level.kind()) + stroke(level.kind()) + " " + shown(level.text()) + way);
        }
        return lines;
    }

    private char stroke(Kind kind) {
        return switch (kind) {
            case LIMIT -> ascii ? '=' : '━';
            case BASELINE -> ascii ? '-' : '┄';
        };
    }

    private int line(double place) {
        return (int) Math.clamp(Math.round((1 - place) * (height - 1)), 0, height - 1);
    }

    private void levels(Chart chart, Scale y, Canvas canvas) {
        for (Level level : chart.levels()) {
            if (y.holds(level.y())) {
                Arrays.fill(canvas.over[line(y.place(level.y()))], stroke(level.kind()));
            }
        }
    }

    private static void curve(Chart chart, Scale x, Scale y, Canvas canvas) {
        // what shares a column is one range: every peak is seen, however many values there are
        double[] low = new double[canvas.dotColumns];
        double[] high = new double[canvas.dotColumns];
        Arrays.fill(low, Double.POSITIVE_INFINITY);
        Arrays.fill(high, Double.NEGATIVE_INFINITY);
        boolean[] broken = new boolean[canvas.dotColumns];
        for (Point point : chart.points()) {
            int column = canvas.column(x.place(point.x()));
            if (point.known()) {
                low[column] = Math.min(low[column], y.place(point.low()));
                high[column] = Math.max(high[column], y.place(point.high()));
            } else {
                broken[column] = true;
            }
        }
        int before = -1;
        for (int column = 0; column < low.length; column++) {
            if (low[column] > high[column]) {
                before = broken[column] ? -1 : before;
                continue;
            }
            canvas.upright(column, chart.bars() ? 0 : low[column], high[column]);
            if (!chart.bars() && before >= 0) {
                canvas.join(before, (low[before] + high[before]) / 2, column, (low[column] + high[column]) / 2);
            }
            before = column;
        }
    }

    /** The axis with the places of the marks, then their names, then the ticks. */
    private void axis(Chart chart, Scale x, Canvas canvas, List<String> lines) {
        char[] rule = new char[canvas.columns];
        Arrays.fill(rule, ascii ? '-' : '─');
        List<Mark> marks =
                chart.marks().stream().filter(mark -> x.holds(mark.x())).toList();
        for (Mark mark : marks) {
            rule[column(x, mark.x(), canvas)] = mark.main() ? (ascii ? '^' : '▲') : (ascii ? '\'' : '△');
        }
        lines.add(" ".repeat(MARGIN - 1) + (ascii ? "+" : "└") + new String(rule));

        List<Integer> wanted = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Mark mark : marks) {
            if (mark.main()) {
                wanted.add(column(x, mark.x(), canvas));
                texts.add(shown(mark.text()));
            }
        }
        lines.addAll(placed(wanted, texts, canvas.columns));
        int ticks = Math.max(2, canvas.columns / 14);
        List<Integer> places = new ArrayList<>();
        List<String> numbers = new ArrayList<>();
        for (double tick : x.ticks(ticks)) {
            places.add(column(x, tick, canvas));
            numbers.add(x.text(tick, ticks));
        }
        lines.addAll(placed(places, numbers, canvas.columns));
        lines.add(" ".repeat(MARGIN) + shown(chart.xAxis()));
    }

    private static int column(Scale x, double value, Canvas canvas) {
        return (int) Math.clamp(Math.round(x.place(value) * (canvas.columns - 1)), 0, canvas.columns - 1);
    }

    /** Texts under their columns, on as few lines as keep them apart, at most four: what finds no room is left out. */
    private static List<String> placed(List<Integer> columns, List<String> texts, int width) {
        List<StringBuilder> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            int start = Math.clamp(columns.get(i) - text.length() / 2, 0, Math.max(0, width - text.length()));
            StringBuilder row = null;
            for (StringBuilder candidate : rows) {
                if (candidate.isEmpty() || candidate.length() < start) {
                    row = candidate;
                    break;
                }
            }
            if (row == null && rows.size() < LABEL_LINES) {
                row = new StringBuilder();
                rows.add(row);
            }
            if (row != null) {
                row.repeat(' ', start - row.length()).append(text);
            }
        }
        return rows.stream().map(row -> " ".repeat(MARGIN) + row).toList();
    }

    private String shown(String text) {
        if (!ascii) {
            return text;
        }
        StringBuilder plain = new StringBuilder();
        text.codePoints().forEach(c -> plain.append(c >= ' ' && c <= '~' ? (char) c : '?'));
        return plain.toString();
    }

    /** Right-aligned. */
    private static String padded(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
