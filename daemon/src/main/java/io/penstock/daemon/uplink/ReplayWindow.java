package io.penstock.daemon.uplink;

import java.util.Arrays;

/**
 * Which counters of a key a receiver has taken (RFC 4303, 3.4.3): each once, in any order, as long as it is no more than
 * {@link #WIDTH} behind the highest. What is older is refused, for it cannot be told from a repetition.
 */
public final class ReplayWindow {
    /** Frames of some weeks: a link may lose and reorder much. */
    public static final int WIDTH = 4_096;

    private static final int WORDS = WIDTH / 64;
    private final long[] taken = new long[WORDS];
    private long highest = -1;

    /** Takes a counter that was authenticated. Returns whether it is new. */
    public boolean take(long counter) {
        if (counter < 0 || counter <= highest - WIDTH) {
            return false;
        }
        if (counter > highest) {
            forget(highest + 1, counter);
            highest = counter;
        }
        int word = (int) (counter / 64 % WORDS);
        long bit = 1L << counter % 64;
        boolean fresh = (taken[word] & bit) == 0;
        taken[word] |= bit;
        return fresh;
    }

    private void forget(long from, long to) {
        if (to - from >= WIDTH) {
            Arrays.fill(taken, 0);
            return;
        }
        for (long each = from; each <= to; each++) {
            taken[(int) (each / 64 % WORDS)] &= ~(1L << each % 64);
        }
    }

    /** Highest counter taken; -1 before the first. */
    public long highest() {
        return highest;
    }

    /** Highest counter, then the window's words: for a receiver to keep. */
    public long[] state() {
        long[] state = Arrays.copyOf(taken, WORDS + 1);
        state[WORDS] = highest;
        return state;
    }

    public static ReplayWindow of(long[] state) {
        if (state.length != WORDS + 1) {
            throw new IllegalArgumentException("window of " + state.length + " numbers, expected " + (WORDS + 1));
        }
        ReplayWindow window = new ReplayWindow();
        System.arraycopy(state, 0, window.taken, 0, WORDS);
        window.highest = state[WORDS];
        return window;
    }
}
