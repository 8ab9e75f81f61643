package io.penstock.daemon.publish;

import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.window.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which findings are worth an event of their own: each one's beginning, and each single reading that stands off those before it.
 * What goes on or ends is told by cases. So many a channel and minute of source time, further ones are counted. Deterministic: the same
 * findings under the same bound give the same events, whether or not it was snapshotted and restored between them. Pure; not thread-safe.
 */
public final class AnomalyEvents {
    private static final String OWNER = "anomaly-events/1";
    private static final long MINUTE = 60_000_000;
    /** Told as single readings when they come. */
    private static final String TOLD_BEFORE = "sensor_spike";
    /** Beginnings remembered: more than assets x channels x symptoms of any site; beyond, nothing new is told. */
    private static final int MOST_ACTIVE = 100_000;

    private final Set<String> active = new HashSet<>();
    private final Map<String, Minute> minutes = new HashMap<>();
    private volatile long told;
    private volatile long beyond;

    private static final class Minute {
        long number = Long.MIN_VALUE;
        int told;
    }

    /**
     * Takes the findings of one observation; gives those to publish, in their order.
     *
     * @param mostAMinute events of a channel in one minute of source time, at most; 0 tells and counts none, and remembers all the same
     */
    public List<Finding> beginnings(List<Finding> findings, int mostAMinute) {
        List<Finding> all = new ArrayList<>(1);
        for (Finding finding : findings) {
            if (begins(finding) && mostAMinute > 0) {
                if (hasRoom(finding, mostAMinute)) {
                    told = told + 1;
                    all.add(finding);
                } else {
                    beyond = beyond + 1;
                }
            }
        }
        return all;
    }

    private boolean begins(Finding finding) {
        if (finding.passing()) {
            return true;
        }
        if (finding.symptom().equals(TOLD_BEFORE)) {
            return false;
        }
        String name = channel(finding) + '\n' + finding.tier() + '\n' + finding.symptom() + '\n' + finding.location();
        if (!finding.active()) {
            active.remove(name);
            return false;
        }
        return active.size() < MOST_ACTIVE && active.add(name);
    }

    private boolean hasRoom(Finding finding, int mostAMinute) {
        Minute minute = minutes.computeIfAbsent(channel(finding), name -> new Minute());
        long number = Math.floorDiv(finding.timeMicros(), MINUTE);
        if (minute.number != number) {
            minute.number = number;
            minute.told = 0;
        }
        return minute.told++ < mostAMinute;
    }

    private static String channel(Finding finding) {
        return finding.channel() == null ? finding.asset() : finding.asset() + "/" + finding.channel();
    }

    /** Events given so far. */
    public long told() {
        return told;
    }

    /** Beginnings beyond the bound. */
    public long beyond() {
        return beyond;
    }

    /** Everything a restart must not forget. */
    public byte[] snapshot() {
        return Snapshot.write(OWNER, out -> {
            out.writeInt(active.size());
            for (String name : active) {
                out.writeUTF(name);
            }
            out.writeInt(minutes.size());
            for (Map.Entry<String, Minute> entry : minutes.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeLong(entry.getValue().number);
                out.writeInt(entry.getValue().told);
            }
        });
    }

    /**
     * Goes on from a snapshot.
     *
     * @throws IllegalArgumentException when it is none; nothing is remembered then
     */
    public void restore(byte[] snapshot) {
        active.clear();
        minutes.clear();
        try {
            Snapshot.read(OWNER, snapshot, in -> {
                int names = in.readInt();
                for (int i = 0; i < names; i++) {
                    active.add(in.readUTF());
                }
                int channels = in.readInt();
                for (int i = 0; i < channels; i++) {
                    Minute minute = new Minute();
                    minutes.put(in.readUTF(), minute);
                    minute.number = in.readLong();
                    minute.told = in.readInt();
                }
            });
        } catch (IllegalArgumentException e) {
            active.clear();
            minutes.clear();
            throw e;
        }
    }
}
