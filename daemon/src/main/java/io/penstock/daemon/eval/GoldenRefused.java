package io.penstock.daemon.eval;

import java.util.List;

/** A golden set that cannot be used: every mistake with its line. */
public final class GoldenRefused extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MOST_TOLD = 20;

    public GoldenRefused(String file, List<String> mistakes) {
        super(file + ": " + String.join("; ", mistakes.subList(0, Math.min(MOST_TOLD, mistakes.size())))
                + (mistakes.size() > MOST_TOLD ? "; and " + (mistakes.size() - MOST_TOLD) + " more" : ""));
    }
}
