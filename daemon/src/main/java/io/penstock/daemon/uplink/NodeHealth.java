package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * That the gateway lives, and how its site is: one small item a day, or as often as it is asked to be. Numbers that would not be
 * carried are cut at their bound.
 *
 * @param minutes when it was so, minutes since 2026-01-01T00:00Z
 * @param uptimeHours since the daemon's start, at most 65,535
 * @param sources how many are configured, at most 255
 * @param sourcesDown of them without a connection
 * @param readings journalled since the daemon's start, at most 2^32 - 1
 * @param opened cases opened in the 24 hours before
 * @param waiting summaries that wait for the link
 * @param notSent summaries that were dropped since the store began: too old, or the queue was full
 * @param freePercent of the store's disk
 * @param clockTrusted whether its own clock is worth anything
 * @param assets worst open severity of each asset in the order of the configuration; empty: nothing is open
 */
public record NodeHealth(
        long minutes,
        int uptimeHours,
        int sources,
        int sourcesDown,
        long readings,
        int opened,
        int waiting,
        int notSent,
        int freePercent,
        boolean clockTrusted,
        List<Optional<Severity>> assets) {
    /** Of an item with 255 assets, all numbers at their bounds. */
    public static final int MOST_BYTES = 104;

    static final long MOST = 0xFFFF_FFFFL;
    private static final int STATES_A_BYTE = 4;

    public NodeHealth {
        assets = List.copyOf(assets);
        if (minutes < 0 || minutes > MOST) {
            throw new IllegalArgumentException("minute " + minutes + " since 2026, expected 0 or more");
        }
        if (assets.size() > Summary.MOST_ASSETS) {
            throw new IllegalArgumentException(assets.size() + " assets, expected at most " + Summary.MOST_ASSETS);
        }
        uptimeHours = Math.clamp(uptimeHours, 0, 0xFFFF);
        sources = Math.clamp(sources, 0, 0xFF);
        sourcesDown = Math.clamp(sourcesDown, 0, sources);
        readings = Math.clamp(readings, 0, MOST);
        opened = Math.clamp(opened, 0, 0xFFFF);
        waiting = Math.clamp(waiting, 0, 0xFFFF);
        notSent = Math.clamp(notSent, 0, 0xFFFF);
        freePercent = Math.clamp(freePercent, 0, 100);
    }

    /** Two bits an asset, the first in a byte's highest: 0 nothing is open, 1 advisory, 2 warning, 3 alarm; then the count. */
    byte[] states() {
        byte[] states = new byte[Math.ceilDiv(assets.size(), STATES_A_BYTE)];
        for (int i = 0; i < assets.size(); i++) {
            int state = assets.get(i).map(worst -> worst.ordinal() + 1).orElse(0);
            states[i / STATES_A_BYTE] |= (byte) (state << 6 - 2 * (i % STATES_A_BYTE));
        }
        return states;
    }

    /** @param count of assets */
    static List<Optional<Severity>> states(byte[] bytes, int count) {
        byte[] whole = Arrays.copyOf(bytes, Math.ceilDiv(count, STATES_A_BYTE));
        List<Optional<Severity>> states = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int state = whole[i / STATES_A_BYTE] >> 6 - 2 * (i % STATES_A_BYTE) & 3;
            states.add(state == 0 ? Optional.empty() : Optional.of(Severity.values()[state - 1]));
        }
        return states;
    }
}
