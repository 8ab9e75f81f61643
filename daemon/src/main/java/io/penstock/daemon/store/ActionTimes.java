package io.penstock.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Token-to-Action: how long after the sample each step of a diagnosis came, of the newest {@value #MOST} diagnoses. Read from what is
 * stored, so it holds over restarts.
 */
public record ActionTimes(Map<Step, Spread> steps) {
    private static final int MOST = 1_000;

    public ActionTimes {
        steps = Map.copyOf(steps);
    }

    /** In the order they happen. A broker's acknowledgement makes a message published; the operator's word makes a case seen. */
    public enum Step {
        ALARM,
        ALARM_PUBLISHED,
        LABEL,
        EXPLANATION,
        EXPLANATION_PUBLISHED,
        SEEN,
        ACTED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Seconds after the sample; of {@code count} diagnoses that came so far. */
    public record Spread(long count, double p50, double p95, double p99, double sum) {
        static Spread of(long[] micros) {
            long[] sorted = micros.clone();
            Arrays.sort(sorted);
            return new Spread(
                    sorted.length,
                    at(sorted, 0.50),
                    at(sorted, 0.95),
                    at(sorted, 0.99),
                    Arrays.stream(sorted).sum() / 1e6);
        }

        /** The nearest rank. */
        private static double at(long[] sorted, double share) {
            return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1e6;
        }
    }

    /** When the steps of one diagnosis happened, microseconds since the epoch; a step that has not is not in it. */
    public record Chain(long sampleMicros, Map<Step, Long> micros) {
        public Chain {
            micros = Map.copyOf(micros);
        }

        /** {@code sample -> alarm 0.06 s -> alarm published 0.07 s}; empty where nothing was measured. */
        public String text() {
            List<String> steps = new ArrayList<>();
            for (Step step : Step.values()) {
                Long at = micros.get(step);
                if (at != null) {
                    steps.add(String.format(
                            Locale.ROOT, "%s %.2f s", step.word().replace('_', ' '), (at - sampleMicros) / 1e6));
                }
            }
            return steps.isEmpty() ? "" : "sample -> " + String.join(" -> ", steps);
        }
    }

    public static ActionTimes read(Connection c) throws SQLException {
        return of(newest(c));
    }

    /** Of the newest diagnoses each. */
    public static List<Chain> newest(Connection c) throws SQLException {
        return chains(c, "ORDER BY d.rowid DESC LIMIT " + MOST, "");
    }

    public static ActionTimes of(List<Chain> chains) {
        Map<Step, Spread> steps = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            long[] times = chains.stream()
                    .filter(chain -> chain.micros().containsKey(step))
                    .mapToLong(chain -> chain.micros().getOrDefault(step, 0L) - chain.sampleMicros())
                    .toArray();
            if (times.length > 0) {
                steps.put(step, Spread.of(times));
            }
        }
        return new ActionTimes(steps);
    }

    /** Of one diagnosis; empty where nothing was measured. */
    public static Optional<Chain> of(Connection c, String diagnosis) throws SQLException {
        return chains(c, "WHERE d.id = ?", diagnosis).stream().findFirst();
    }

    private static List<Chain> chains(Connection c, String which, String id) throws SQLException {
        List<Chain> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT sample, alarm, alarm_published, label, explanation,"
                + " explanation_published, seen, acted FROM v_action WHERE id IN (SELECT d.id FROM diagnosis d " + which
                + ") AND sample IS NOT NULL")) {
            if (!id.isEmpty()) {
                s.setString(1, id);
            }
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    Map<Step, Long> steps = new EnumMap<>(Step.class);
                    for (Step step : Step.values()) {
                        long at = r.getLong(step.word());
                        if (!r.wasNull() && at >= r.getLong("sample")) {
                            steps.put(step, at);
                        }
                    }
                    all.add(new Chain(r.getLong("sample"), steps));
                }
            }
        }
        return all;
    }
}
