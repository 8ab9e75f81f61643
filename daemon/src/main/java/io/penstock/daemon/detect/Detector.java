package io.penstock.daemon.detect;

import io.penstock.daemon.window.ClockSet;
import io.penstock.daemon.window.Observation;
import java.util.List;
import java.util.function.Consumer;

/**
 * Looks at observations of one asset, in journal order, and says what is unusual. Strictly causal and deterministic: the same
 * observations give the same findings. Not thread-safe: one lane owns it.
 */
public interface Detector {
    /** Observations of a kind the detector does not know are passed over. */
    void inspect(Observation observation, Consumer<Finding> findings);

    /** Carries out an operator's order on what it has learned; a detector that learns nothing passes it over. */
    default void commission(Commission order) {}

    /** The gateway's clock was set: moments it remembers by receive time move; a detector that remembers none passes it over. */
    default void clockSet(ClockSet set) {}

    /** What it holds for healthy, channel by channel; empty for a detector that learns nothing. */
    default List<LearnedChannel> learned() {
        return List.of();
    }

    /** Everything a restart must not forget, in the detector's own versioned format. */
    byte[] snapshot();

    /**
     * Goes on from a snapshot.
     *
     * @throws IllegalArgumentException when the bytes are not a snapshot of this detector with these settings; the detector is
     *     then as new
     */
    void restore(byte[] snapshot);
}
