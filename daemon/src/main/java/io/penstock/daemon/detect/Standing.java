package io.penstock.daemon.detect;

import io.penstock.daemon.window.ClockSet;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;

/**
 * Whether something holds, after a delay to begin and a delay to end, and when it was last said. Source time only; a clock that
 * was set back restarts the delays.
 */
final class Standing {
    private static final long NEVER = Long.MIN_VALUE;

    /** What is to be said now. */
    enum Word {
        NOTHING,
        BEGINS,
        STILL,
        ENDS
    }

    private boolean active;
    private long changingSince = NEVER;
    private long saidMicros = NEVER;

    boolean isActive() {
        return active;
    }

    /**
     * @param holds what the newest observation says; between beginning and ending the caller keeps the previous answer
     * @param again how often a thing that goes on is said again
     */
    Word tell(boolean holds, long timeMicros, Duration onDelay, Duration offDelay, Duration again) {
        if (holds == active) {
            changingSince = NEVER;
            if (active && (timeMicros < saidMicros || timeMicros - saidMicros >= micros(again))) {
                saidMicros = timeMicros;
                return Word.STILL;
            }
            return Word.NOTHING;
        }
        if (changingSince == NEVER || timeMicros < changingSince) {
            changingSince = timeMicros;
        }
        if (timeMicros - changingSince < micros(active ? offDelay : onDelay)) {
            return Word.NOTHING;
        }
        active = holds;
        changingSince = NEVER;
        saidMicros = timeMicros;
        return active ? Word.BEGINS : Word.ENDS;
    }

    void clockSet(ClockSet set) {
        changingSince = set.moved(changingSince);
        saidMicros = set.moved(saidMicros);
    }

    static long micros(Duration duration) {
        return Math.addExact(Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeBoolean(active);
        out.writeLong(changingSince);
        out.writeLong(saidMicros);
    }

    void read(DataInputStream in) throws IOException {
        active = in.readBoolean();
        changingSince = in.readLong();
        saidMicros = in.readLong();
    }
}
