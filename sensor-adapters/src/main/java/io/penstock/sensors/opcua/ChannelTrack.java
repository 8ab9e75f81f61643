package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one channel over all connections: so that nobody takes its last value for a live one while the
 * server is away. Guarded by its source's lock.
 */
final class ChannelTrack {
    private final ChannelId channel;
    private long lastMicros = Long.MIN_VALUE;
    private boolean marked;
    /** The node that feeds it, and the one that fed it in the source before; empty for none. */
    private volatile String node = "";

    private String nodeBefore = "";

    ChannelTrack(ChannelId channel) {
        this.channel = channel;
    }

    ChannelId channel() {
        return channel;
    }

    void fedBy(String nodeId) {
        node = nodeId;
    }

    /**
     * Goes on where the track of the same channel stopped, in a source whose place is taken and that is silent.
     *
     * @param sameServer else its times are by another clock, and its nodes other nodes
     */
    void follow(ChannelTrack before, boolean sameServer) {
        lastMicros = before.lastMicros;
        marked = before.marked;
        nodeBefore = sameServer ? before.node : "";
    }

    /** Whether a value of this time has come, or it was said that none comes. */
    boolean hasReached(long micros) {
        return marked || lastMicros >= micros;
    }

    /** Whether the source before brought this value, or a newer one of the same node. */
    boolean isRepeat(long micros) {
        return !marked && micros <= lastMicros && node.equals(nodeBefore);
    }

    /**
     * The reading that says that this channel is not read any more: bad, without a value.
     *
     * @param serverMicros what the server's clock shows now, as far as that is known
     * @return null when that was said already and nothing came since
     */
    Reading.@Nullable Scalar lost(long serverMicros, long nowMicros) {
        if (marked) {
            return null;
        }
        marked = true;
        lastMicros = Math.max(serverMicros, lastMicros == Long.MIN_VALUE ? serverMicros : lastMicros + 1);
        return new Reading.Scalar(channel, lastMicros, nowMicros, Quality.BAD, Double.NaN);
    }

    /**
     * A reading that came. The first one after an outage may be as old as the last one before it, because nothing
     * changed: the server vouches for it now, so now is its time, or it would stand before the mark that it ends.
     */
    Reading came(Reading reading, long serverMicros) {
        if (!marked) {
            lastMicros = Math.max(lastMicros, reading.sourceMicros());
            return reading;
        }
        marked = false;
        if (reading.sourceMicros() > lastMicros) {
            lastMicros = reading.sourceMicros();
            return reading;
        }
        lastMicros = Math.max(serverMicros, lastMicros + 1);
        return switch (reading) {
            case Reading.Scalar s ->
                new Reading.Scalar(s.channel(), lastMicros, s.receivedMicros(), s.quality(), s.value());
            // a waveform's samples were not taken now: it stays where it was, and the mark stands until the next
            case Reading.Waveform w -> {
                marked = true;
                yield w;
            }
        };
    }
}
