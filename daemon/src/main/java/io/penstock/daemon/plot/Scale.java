package io.penstock.daemon.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A linear axis.
 *
 * @param least at its beginning
 * @param most at its end, above {@code least}
 */
record Scale(double least, double most) {
    /** An axis over a range; of some width where the range has none, of 0 to 1 where there is no range. */
    static Scale of(double least, double most, double margin) {
        if (!(least <= most) || !Double.isFinite(least) || !Double.isFinite(most)) {
            return new Scale(0, 1);
        }
        // halves first: the width of the whole of a double's range does not fit a double
        double half = most / 2 - least / 2;
        double size = Math.max(Math.abs(least), Math.abs(most));
        double room = half <= 1e-9 * size || half == 0 ? Math.max(0.01 * size, 1e-6) : 2 * margin * half;
        return new Scale(Math.max(-Double.MAX_VALUE / 4, least - room), Math.min(Double.MAX_VALUE / 4, most + room));
    }

    /** 0 at the beginning, 1 at the end; beyond them outside. */
    double place(double value) {
        return (value - least) / (most - least);
    }

    boolean holds(double value) {
        return value >= least && value <= most;
    }

    /** Round numbers on the axis, about as many as asked for, at least one apart from the others by their text. */
    List<Double> ticks(int wanted) {
        double step = step(wanted);
        List<Double> ticks = new ArrayList<>();
        double first = Math.ceil(least / step);
        for (int i = 0; i <= 4 * wanted && (first + i) * step <= most + 1e-9 * step; i++) {
            double tick = (first + i) * step;
            ticks.add(tick == 0 ? 0.0 : tick); // no negative zero
        }
        return ticks;
    }

    private double step(int wanted) {
        double raw = (most - least) / Math.max(1, wanted);
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double part = raw / power;
        return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    }

    /** A tick's text: no more decimals than the step needs. */
    String text(double tick, int wanted) {
        double step = step(wanted);
        double size = Math.max(Math.abs(least), Math.abs(most));
        if (size >= 1e7 || size < 1e-4) {
            return String.format(Locale.ROOT, "%.3g", tick);
        }
        int decimals = (int) Math.clamp(Math.ceil(-Math.log10(step) - 1e-9), 0, 9);
        return String.format(Locale.ROOT, "%." + decimals + "f", tick);
    }
}
