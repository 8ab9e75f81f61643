package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.ReplayWindow;

/** How far a site has come with one of its keys. */
public final class KeyProgress {
    private final ReplayWindow window;
    private long lowest;
    private long accepted;
    private long heardMicros;

    public KeyProgress() {
        this(new ReplayWindow(), Long.MAX_VALUE, 0, 0);
    }

    /**
     * @param lowest counter taken, {@link Long#MAX_VALUE} before the first
     * @param accepted how many were taken
     * @param heardMicros when the newest came
     */
    public KeyProgress(ReplayWindow window, long lowest, long accepted, long heardMicros) {
        this.window = window;
        this.lowest = lowest;
        this.accepted = accepted;
        this.heardMicros = heardMicros;
    }

    /** Takes an authenticated counter. Returns whether it is new. */
    public boolean take(long counter, long micros) {
        if (!window.take(counter)) {
            return false;
        }
        lowest = Math.min(lowest, counter);
        accepted++;
        heardMicros = Math.max(heardMicros, micros);
        return true;
    }

    boolean isBehind(long counter) {
        return counter <= window.highest() - ReplayWindow.WIDTH;
    }

    public ReplayWindow window() {
        return window;
    }

    public long lowest() {
        return lowest;
    }

    public long accepted() {
        return accepted;
    }

    public long heardMicros() {
        return heardMicros;
    }

    /** Counters between the first and the newest that never came: frames that were lost, or are still under way. */
    public long missing() {
        return accepted == 0 ? 0 : window.highest() - lowest + 1 - accepted;
    }
}
