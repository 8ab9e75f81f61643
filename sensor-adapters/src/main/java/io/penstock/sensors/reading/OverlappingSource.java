package io.penstock.sensors.reading;

/**
 * A source for which nobody keeps what comes while it is exchanged, and of which two may be connected at once: the next one connects
 * beside the one that runs, and only then takes its place.
 */
public interface OverlappingSource extends SensorSource {
    /**
     * Starts while the other one goes on. Once this one reads it closes that one, and offers what came meanwhile after what that one
     * offered, nothing twice. Where the server permits no second connection it closes that one first, and says so.
     */
    void startBeside(OverlappingSource before, ReadingSink sink);

    /**
     * Closes this one unless it has taken the other one's place, which then goes on as if nothing had been.
     *
     * @return false where it has, or was started alone: nothing is done then
     */
    boolean stepBack();
}
