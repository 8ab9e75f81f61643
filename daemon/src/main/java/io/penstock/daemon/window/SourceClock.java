package io.penstock.daemon.window;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Whether the clock that stamps a channel's readings can be believed, and which time to reckon with. A trusted clock's source
 * time drives everything; while it is not trusted the receive time stands in, so that a device whose battery is flat neither
 * delays an alarm nor hurries one. A clock that runs behind is trusted: devices that store and forward are not ill. Pure.
 */
final class SourceClock {
    /** What to think of a clock. */
    enum Trust {
        TRUSTED,
        /** More than a minute ahead of the receive time, or stepped back to times it had already shown. */
        SUSPECT,
        /** Never set: before 2020, or no date at all. */
        UNSET
    }

    /** 2020-01-01T00:00:00Z, microseconds: no gateway of ours ran before. */
    static final long EARLIEST_MICROS = 1_577_836_800_000_000L;

    private static final long MOST_AHEAD_MICROS = 60_000_000L;
    /** A correction this small is late readings, no step. */
    private static final long STEP_MICROS = 1_000_000L;
    /** So many readings on end behind the newest, each after the one before, are a step back. */
    private static final int CONFIRMED = 20;

    private static final long NEVER = Long.MIN_VALUE;

    private Trust trust = Trust.TRUSTED;
    private boolean stepped;
    private long newest = NEVER;
    private int behind;
    private long behindSource = NEVER;
    private long behindFirst;
    private long behindReceived;

    /**
     * Looks at the times of the next reading.
     *
     * @return the time to reckon with, microseconds since the epoch: the source time, or the receive time while the clock is
     *     not trusted
     */
    long judge(long source, long received) {
        if (source == received || !ChannelValidity.isPlausible(received)) {
            // the device gives no time of its own, or there is nothing to hold it against
            trust = Trust.TRUSTED;
            return source;
        }
        if (!ChannelValidity.isPlausible(source) || (source < EARLIEST_MICROS && received >= EARLIEST_MICROS)) {
            trust = Trust.UNSET;
            return received;
        }
        if (source > received + MOST_AHEAD_MICROS) {
            trust = Trust.SUSPECT;
            return received;
        }
        stepped = source < newest && (stepped || steppedBack(source, received));
        if (stepped) {
            trust = Trust.SUSPECT;
            return received;
        }
        if (source >= newest) {
            newest = source;
            behind = 0;
        }
        trust = Trust.TRUSTED;
        return source;
    }

    Trust trust() {
        return trust;
    }

    /** Late readings come as they may, a backlog comes faster than time goes by; a clock set back goes on at its own pace. */
    private boolean steppedBack(long source, long received) {
        if (source > newest - STEP_MICROS) {
            return false;
        }
        if (behind == 0 || source < behindSource) {
            behind = 0;
            behindFirst = source;
            behindReceived = received;
        }
        if (behind == 0 || source > behindSource) {
            behind++;
            behindSource = source;
        }
        if (behind < CONFIRMED) {
            return false;
        }
        boolean itsOwnPace = source - behindFirst <= 2 * (received - behindReceived) + STEP_MICROS;
        behind = 0;
        return itsOwnPace;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(trust.ordinal());
        out.writeBoolean(stepped);
        out.writeLong(newest);
        out.writeInt(behind);
        out.writeLong(behindSource);
        out.writeLong(behindFirst);
        out.writeLong(behindReceived);
    }

    void read(DataInputStream in) throws IOException {
        trust = Trust.values()[Math.floorMod(in.readByte(), Trust.values().length)];
        stepped = in.readBoolean();
        newest = in.readLong();
        behind = in.readInt();
        behindSource = in.readLong();
        behindFirst = in.readLong();
        behindReceived = in.readLong();
    }
}
