package io.penstock.daemon.asset;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * How a machine's operation is divided: what is healthy at half load is not at full load, so each part has a baseline of its own.
 *
 * @param channel the scalar channel that tells the operating point, a load or a gate
 * @param edges where one part ends and the next begins, rising, in the channel's unit
 * @param settle how long after a change of the operating point the machine is given to settle; nothing is learned or said of its
 *     state meanwhile
 */
public record OperatingPoints(String channel, List<Double> edges, Duration settle) {
    public static final Duration USUAL_SETTLE = Duration.ofMinutes(2);
    public static final int MOST_EDGES = 11;

    public OperatingPoints {
        edges = List.copyOf(edges);
        if (edges.isEmpty() || edges.size() > MOST_EDGES) {
            throw new IllegalArgumentException(
                    "operating point of " + edges.size() + " edges, expected 1 to " + MOST_EDGES);
        }
        for (int i = 0; i < edges.size(); i++) {
            if (!Double.isFinite(edges.get(i)) || (i > 0 && edges.get(i) <= edges.get(i - 1))) {
                throw new IllegalArgumentException("operating point edges " + edges + ", expected rising numbers");
            }
        }
        if (settle.isNegative()) {
            throw new IllegalArgumentException("settle is " + settle + ", expected 0 s or more");
        }
    }

    /** How many parts there are. */
    public int count() {
        return edges.size() + 1;
    }

    /** The part a value lies in, from 0. */
    public int of(double value) {
        int part = 0;
        while (part < edges.size() && value >= edges.get(part)) {
            part++;
        }
        return part;
    }

    /**
     * The part a value lies in, where the previous one is kept until the value is past its edge by a fiftieth of the distance
     * between the nearest edges (of the edge itself where there is one only).
     */
    public int of(double value, int previous) {
        int part = of(value);
        if (previous < 0 || part == previous || Math.abs(part - previous) > 1) {
            return part;
        }
        int edge = Math.min(part, previous);
        double near = edges.size() == 1
                ? Math.abs(edges.getFirst())
                : edge + 1 < edges.size()
                        ? edges.get(edge + 1) - edges.get(edge)
                        : edges.get(edge) - edges.get(edge - 1);
        return Math.abs(value - edges.get(edge)) > near / 50 ? part : previous;
    }

    /** The part in words, such as {@code 20 to 40 kW}. */
    public String name(int part, String unit) {
        String of = unit.equals("1") || unit.isEmpty() ? "" : " " + unit;
        if (part == 0) {
            return "below " + plain(edges.getFirst()) + of;
        }
        return part == edges.size()
                ? plain(edges.getLast()) + of + " and more"
                : plain(edges.get(part - 1)) + " to " + plain(edges.get(part)) + of;
    }

    private static String plain(double n) {
        return n == Math.rint(n) && Math.abs(n) < 1e15 ? Long.toString((long) n) : String.format(Locale.ROOT, "%s", n);
    }
}
