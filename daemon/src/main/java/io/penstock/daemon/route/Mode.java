package io.penstock.daemon.route;

import java.util.Locale;
import java.util.Optional;

/** How a text's vector is scored against the routes. */
public enum Mode {
    /** Cosine with the mean of a route's samples; one fixed threshold, 0.7 unless the file says otherwise. */
    CENTROID,
    /** Cosine, plus the lead over the runner-up, less how near the text lies to what belongs nowhere. The default. */
    MARGIN,
    /** Margin, with the route picked by a classifier that has a reject class. Wants 10 samples a route. */
    LOGISTIC;

    /** Samples a route needs before {@link #LOGISTIC} is offered, and below which any mode warns. */
    public static final int ENOUGH_SAMPLES = 10;

    /** As written in a routes file. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mode of that word in a routes file; empty where there is none. */
    public static Optional<Mode> of(String word) {
        for (Mode mode : values()) {
            if (mode.word().equals(word)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
