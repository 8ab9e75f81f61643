package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.detect.Finding.Tier;
import io.penstock.daemon.window.ClockSet;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The findings of one cause on one asset: those of the machine in one lane, those of its sensors in another. Holds the lines seen, and
 * the case while one is open. Times are source time in microseconds.
 */
final class Lane {
    /** What makes two findings the same line. */
    record Key(@Nullable String channel, Tier tier, String symptom) {
        static Key of(Finding finding) {
            return new Key(finding.channel(), finding.tier(), finding.symptom());
        }

        static Key of(EvidenceLine line) {
            return new Key(line.channel(), line.tier(), line.symptom());
        }
    }

    /** What was said last: a version is worth hearing when it differs. */
    record Said(Severity severity, String fault, String location, int symptoms) {}

    final Map<Key, EvidenceLine> lines = new LinkedHashMap<>();
    boolean open;
    String id = "";
    int version;
    long openedMicros;
    long updatedMicros;
    long saidMicros;
    Severity severity = Severity.ADVISORY;

    @Nullable
    Said said;

    /** Whether its next version waits for the bound on announcements. */
    boolean waiting;

    private int numbered;

    /** Takes a finding in; false when the lane is full and the line was dropped. */
    boolean take(Finding finding, int mostLines) {
        Key key = Key.of(finding);
        EvidenceLine old = lines.get(key);
        if (old == null) {
            if (!finding.active()) {
                return true;
            }
            if (lines.size() >= mostLines) {
                return false;
            }
            lines.put(key, line(finding, open ? ++numbered : 0, finding.timeMicros(), finding.timeMicros()));
        } else {
            long first = Math.min(old.firstMicros(), finding.timeMicros());
            long last = Math.max(old.lastMicros(), finding.timeMicros());
            boolean clearer = finding.active()
                    && (finding.severity().compareTo(old.severity()) > 0
                            || (finding.severity() == old.severity() && finding.strength() > old.strength()));
            lines.put(key, clearer ? line(finding, old.number(), first, last) : again(old, finding, first, last));
        }
        if (open) {
            updatedMicros = Math.max(updatedMicros, finding.timeMicros());
        }
        return true;
    }

    private static EvidenceLine line(Finding f, int number, long first, long last) {
        return new EvidenceLine(
                number,
                f.channel(),
                f.tier(),
                f.symptom(),
                f.location(),
                f.active(),
                first,
                last,
                f.value(),
                f.unit(),
                f.limit(),
                f.limitSource(),
                f.baseline(),
                f.severity(),
                f.strength(),
                f.share(),
                f.quality(),
                f.position());
    }

    /** The line at its clearest, seen again: a worse quality sticks, since it went into the judgement. */
    private static EvidenceLine again(EvidenceLine o, Finding f, long first, long last) {
        Quality quality = f.quality().compareTo(o.quality()) > 0 ? f.quality() : o.quality();
        return new EvidenceLine(
                o.number(),
                o.channel(),
                o.tier(),
                o.symptom(),
                o.location(),
                f.active(),
                first,
                last,
                o.value(),
                o.unit(),
                o.limit(),
                o.limitSource(),
                o.baseline(),
                o.severity(),
                o.strength(),
                o.share(),
                quality,
                o.position());
    }

    /** Opens a case: lines active now or shortly before join it, numbered by when they first held. */
    void openCase(String caseId, long nowMicros, long joinMicros) {
        lines.values().removeIf(line -> !line.active() && line.lastMicros() < nowMicros - joinMicros);
        List<EvidenceLine> joined = new ArrayList<>(lines.values());
        joined.sort(Comparator.comparingLong(EvidenceLine::firstMicros)); // stable: equal times keep their order
        lines.clear();
        numbered = 0;
        for (EvidenceLine line : joined) {
            lines.put(Key.of(line), numbered(line, ++numbered, line.active()));
        }
        open = true;
        id = caseId;
        version = 0;
        openedMicros = nowMicros;
        updatedMicros = nowMicros;
        saidMicros = 0;
        said = null;
        waiting = false;
        severity = Severity.ADVISORY;
    }

    private static EvidenceLine numbered(EvidenceLine o, int number, boolean active) {
        return new EvidenceLine(
                number,
                o.channel(),
                o.tier(),
                o.symptom(),
                o.location(),
                active,
                o.firstMicros(),
                o.lastMicros(),
                o.value(),
                o.unit(),
                o.limit(),
                o.limitSource(),
                o.baseline(),
                o.severity(),
                o.strength(),
                o.share(),
                o.quality(),
                o.position());
    }

    /** Forgets the case and its lines. */
    void closeCase() {
        open = false;
        lines.clear();
        said = null;
        numbered = 0;
    }

    /** Outside a case, ended lines are kept only as long as they could still join one. */
    void forgetOld(long nowMicros, long joinMicros) {
        if (!open) {
            lines.values().removeIf(line -> !line.active() && line.lastMicros() < nowMicros - joinMicros);
        }
    }

    /** The gateway's clock was set: what was known by receive times moves with it. */
    void clockSet(ClockSet set) {
        lines.replaceAll((key, line) -> line.between(set.moved(line.firstMicros()), set.moved(line.lastMicros())));
        openedMicros = set.moved(openedMicros);
        updatedMicros = set.moved(updatedMicros);
        saidMicros = set.moved(saidMicros);
    }

    /** Whether a line counts as holding: it does, or it ended so shortly ago that it may be chatter. */
    static boolean holds(EvidenceLine line, long nowMicros, long chatterMicros) {
        return line.active() || nowMicros - line.lastMicros() < chatterMicros;
    }

    boolean quiet(long nowMicros, long closeMicros) {
        return lines.values().stream().noneMatch(line -> line.active() || nowMicros - line.lastMicros() < closeMicros);
    }

    /** The worst line that holds; the last known severity where none does. */
    Severity worst(long nowMicros, long chatterMicros) {
        return lines.values().stream()
                .filter(line -> holds(line, nowMicros, chatterMicros))
                .map(EvidenceLine::severity)
                .max(Comparator.naturalOrder())
                .orElse(severity);
    }

    /** Lines on sound channels; all where none is. */
    List<EvidenceLine> trusted(Set<String> faulty) {
        List<EvidenceLine> trusted = lines.values().stream()
                .filter(line -> line.channel() == null || !faulty.contains(line.channel()))
                .toList();
        return trusted.isEmpty() ? List.copyOf(lines.values()) : trusted;
    }

    /** The channel that spoke first and strongest; the asset where the whole machine did. */
    String root(String asset, Set<String> faulty, long gatheringMicros) {
        List<EvidenceLine> trusted = trusted(faulty);
        long earliest =
                trusted.stream().mapToLong(EvidenceLine::firstMicros).min().orElse(0);
        EvidenceLine root = trusted.stream()
                .filter(line -> line.firstMicros() - earliest <= gatheringMicros)
                .max(Comparator.comparing((EvidenceLine line) -> line.channel() != null)
                        .thenComparing(EvidenceLine::severity)
                        .thenComparingDouble(EvidenceLine::strength)
                        .thenComparing(
                                Comparator.comparingInt(EvidenceLine::number).reversed()))
                .orElse(null);
        return root == null || root.channel() == null ? asset : asset + "/" + root.channel();
    }

    List<EvidenceLine> evidence(boolean ended) {
        return lines.values().stream()
                .sorted(Comparator.comparingInt(EvidenceLine::number))
                .map(line -> ended ? numbered(line, line.number(), false) : line)
                .toList();
    }

    void write(DataOutputStream out) throws IOException {
        out.writeBoolean(open);
        out.writeUTF(id);
        out.writeInt(version);
        out.writeLong(openedMicros);
        out.writeLong(updatedMicros);
        out.writeLong(saidMicros);
        out.writeByte(severity.ordinal());
        out.writeInt(numbered);
        out.writeBoolean(waiting);
        out.writeBoolean(said != null);
        if (said != null) {
            out.writeByte(said.severity().ordinal());
            out.writeUTF(said.fault());
            out.writeUTF(said.location());
            out.writeInt(said.symptoms());
        }
        out.writeInt(lines.size());
        for (EvidenceLine line : lines.values()) {
            CaseBytes.write(out, line);
        }
    }

    static Lane read(DataInputStream in) throws IOException {
        Lane lane = new Lane();
        lane.open = in.readBoolean();
        lane.id = in.readUTF();
        lane.version = in.readInt();
        lane.openedMicros = in.readLong();
        lane.updatedMicros = in.readLong();
        lane.saidMicros = in.readLong();
        lane.severity = CaseBytes.one(Severity.values(), in.readByte());
        lane.numbered = in.readInt();
        lane.waiting = in.readBoolean();
        if (in.readBoolean()) {
            lane.said =
                    new Said(CaseBytes.one(Severity.values(), in.readByte()), in.readUTF(), in.readUTF(), in.readInt());
        }
        int count = CaseBytes.count(in.readInt(), 256);
        for (int i = 0; i < count; i++) {
            EvidenceLine line = CaseBytes.line(in);
            lane.lines.put(Key.of(line), line);
        }
        return lane;
    }
}
