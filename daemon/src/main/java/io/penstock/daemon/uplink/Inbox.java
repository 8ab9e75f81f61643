package io.penstock.daemon.uplink;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Frames that came down and were not looked at yet; beyond {@link UplinkLink#MOST_RECEIVED} the newest are dropped. Any thread. */
public final class Inbox {
    private final Deque<byte[]> frames = new ArrayDeque<>();

    public synchronized void put(byte[] frame) {
        if (frames.size() < UplinkLink.MOST_RECEIVED) {
            frames.add(frame);
        }
    }

    public synchronized List<byte[]> take() {
        List<byte[]> all = new ArrayList<>(frames);
        frames.clear();
        return all;
    }
}
