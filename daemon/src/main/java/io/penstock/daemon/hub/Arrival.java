package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.uplink.FrameSeal;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A frame on its way in.
 *
 * @param site as the way it came says
 * @param frame as it came, of any bytes
 * @param settled called once, when what became of the frame is saved: from the hub's own thread, so it must not wait
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
public record Arrival(String site, byte[] frame, Consumer<Verdict> settled) {
    public Arrival {
        if (frame.length > FrameSeal.LONGEST + 1) {
            // too long anyway, and it must not wait in memory
            frame = Arrays.copyOf(frame, FrameSeal.LONGEST + 1);
        }
    }
}
