package io.penstock.daemon.detect;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** One symptom's state: raised after so many waveforms in a row that show it, cleared after so many that do not. */
final class VibrationLatch {
    /** What one more waveform made of it. */
    enum Outcome {
        QUIET,
        HOLDS,
        ENDED
    }

    private boolean active;
    private int streak;

    boolean active() {
        return active;
    }

    /**
     * @param shown over the limit
     * @param gone under the limit by more than the hysteresis; between the two nothing changes
     */
    Outcome step(boolean shown, boolean gone, VibrationSettings settings) {
        if (!active) {
            streak = shown ? streak + 1 : 0;
            if (streak >= settings.confirmWindows()) {
                active = true;
                streak = 0;
            }
            return active ? Outcome.HOLDS : Outcome.QUIET;
        }
        streak = gone ? streak + 1 : 0;
        if (streak >= settings.clearWindows()) {
            active = false;
            streak = 0;
            return Outcome.ENDED;
        }
        return shown ? Outcome.HOLDS : Outcome.QUIET;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeBoolean(active);
        out.writeInt(streak);
    }

    void read(DataInputStream in) throws IOException {
        active = in.readBoolean();
        streak = in.readInt();
    }
}
