package io.penstock.sensors.opcua;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.reading.ChannelId;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;

/** One node on one connection: which channel it feeds, and how it is. */
final class WatchedNode {
    private static final long UNKNOWN_NODE = StatusCodes.Bad_NodeIdUnknown;

    private final String nodeId;
    private final ChannelTrack track;
    private final Sampling sampling;
    private final Content content;
    private final AtomicLong overflows = new AtomicLong();
    private volatile long badStatus;
    private volatile String refused = "";

    WatchedNode(String nodeId, ChannelTrack track, Sampling sampling, Content content) {
        this.nodeId = nodeId;
        this.track = track;
        this.sampling = sampling;
        this.content = content;
    }

    String nodeId() {
        return nodeId;
    }

    ChannelId channel() {
        return track.channel();
    }

    ChannelTrack track() {
        return track;
    }

    Sampling sampling() {
        return sampling;
    }

    Content content() {
        return content;
    }

    /** A value came; called for each. */
    void came(StatusCode status) {
        long bad = status.isBad() ? status.value() : 0;
        if (bad != badStatus) {
            badStatus = bad;
        }
        if (status.isOverflowSet()) {
            overflows.incrementAndGet();
        }
    }

    /** @param reason why the server does not send it; empty when it does */
    void refused(String reason) {
        refused = reason;
    }

    boolean isRefused() {
        return !refused.isEmpty();
    }

    /** Whether the server says that the node it once had is gone: some never look again by themselves. */
    boolean isGone() {
        return (badStatus & 0xFFFF0000L) == (UNKNOWN_NODE & 0xFFFF0000L) && badStatus != 0;
    }

    /** Empty when all is well, else what is wrong, in one line. */
    String trouble() {
        if (!refused.isEmpty()) {
            return refused;
        }
        long bad = badStatus;
        String status = bad == 0 ? "" : name(bad);
        long lost = overflows.get();
        return lost == 0
                ? status
                : status + (status.isEmpty() ? "" : ", ") + "the server's queue overflowed " + lost + " times";
    }

    static String name(long status) {
        // the lower half says things about the value, not what happened
        return StatusCodes.lookup(status & 0xFFFF0000L)
                .map(names -> names[0])
                .orElse("status 0x" + Long.toHexString(status));
    }
}
