package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.window.ClockSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;

/**
 * From findings to cases, for all assets of a gateway: one book, because the bound on announcements is the gateway's. Deterministic: the
 * same findings and ticks give the same cases, whether or not the book was snapshotted and restored between them. Not thread-safe: one
 * lane owns it.
 *
 * <p>An asset has at most two open cases, one of the machine and one of its sensors. Severity is the worst line's that holds, by rules;
 * a sensor fault on a channel takes its lines out of the ranking, but never lowers severity.
 */
public final class CaseBook {
    private static final byte[] MAGIC = {'P', 'C', 'B', '1'};
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final class Machine {
        long now = Long.MIN_VALUE;
        Lane machine = new Lane();
        Lane sensors = new Lane();
    }

    private final CaseSettings settings;
    private final Map<String, SymptomMatrix> matrices;
    private final TreeMap<String, Machine> machines = new TreeMap<>();
    private final Deque<Long> announcements = new ArrayDeque<>();
    private long rejected;
    private long dropped;
    private long announced;
    private long delayed;

    /** @param matrices the symptom matrix of each asset, by asset id */
    public CaseBook(CaseSettings settings, Map<String, SymptomMatrix> matrices) {
        this.settings = settings;
        this.matrices = Map.copyOf(matrices);
        this.matrices.keySet().forEach(asset -> machines.put(asset, new Machine()));
    }

    /** Takes one finding in. */
    public List<CaseChange> apply(Finding finding) {
        return apply(List.of(finding));
    }

    /**
     * Takes in what one observation showed, before anything is said of it: so a waveform's first symptom opens no case that its second
     * corrects. Findings of an asset without a matrix are counted and passed over.
     */
    public List<CaseChange> apply(List<Finding> findings) {
        List<CaseChange> changes = new ArrayList<>();
        Set<String> touched = new TreeSet<>();
        for (Finding finding : findings) {
            if (finding.passing()) {
                continue;
            }
            Machine machine = machines.get(finding.asset());
            if (machine == null) {
                rejected++;
                continue;
            }
            touched.add(finding.asset());
            machine.now = Math.max(machine.now, finding.timeMicros());
            // what is over closes first, so that a finding after a long silence opens a case of its own
            close(finding.asset(), machine, changes);
            Lane lane = SymptomWords.ofSensor(finding.symptom()) ? machine.sensors : machine.machine;
            lane.forgetOld(machine.now, micros(settings.joinWithin()));
            if (!lane.take(finding, settings.mostLines())) {
                dropped++;
            }
        }
        touched.forEach(asset -> open(asset, machine(asset)));
        announce(touched, changes);
        return changes;
    }

    private Machine machine(String asset) {
        Machine machine = machines.get(asset);
        if (machine == null) {
            throw new IllegalStateException("asset " + asset + " is not in the book");
        }
        return machine;
    }

    /** Source time has come this far everywhere: says what was held back, closes what is over. */
    public List<CaseChange> tick(long timeMicros) {
        List<CaseChange> changes = new ArrayList<>();
        machines.forEach((asset, machine) -> {
            machine.now = Math.max(machine.now, timeMicros);
            close(asset, machine, changes);
        });
        announce(machines.keySet(), changes);
        return changes;
    }

    /** The gateway's clock was set: open cases keep their ages, and nothing is over because of the jump. */
    public void clockSet(ClockSet set) {
        machines.values().forEach(machine -> {
            machine.now = set.moved(machine.now);
            machine.machine.clockSet(set);
            machine.sensors.clockSet(set);
        });
        List<Long> moved = announcements.stream().map(set::moved).toList();
        announcements.clear();
        announcements.addAll(moved);
    }

    /** All open cases as they stand, also those whose next version waits; by asset. */
    public List<CaseRecord> openCases() {
        List<CaseRecord> open = new ArrayList<>();
        machines.forEach((asset, machine) -> {
            for (Lane lane : List.of(machine.machine, machine.sensors)) {
                if (lane.open) {
                    open.add(record(asset, machine, lane, Math.max(1, lane.version), 0));
                }
            }
        });
        return open;
    }

    /** Findings of assets that no matrix is known for. */
    public long rejectedFindings() {
        return rejected;
    }

    /** Evidence lines beyond the bound of a case. */
    public long droppedLines() {
        return dropped;
    }

    /** Versions announced so far. */
    public long announced() {
        return announced;
    }

    /** Versions that had to wait for the bound on announcements. */
    public long delayed() {
        return delayed;
    }

    // ---- opening and closing

    private void open(String asset, Machine machine) {
        if (!machine.sensors.open && machine.sensors.lines.values().stream().anyMatch(CaseBook::opensSensorCase)) {
            machine.sensors.openCase(newId(asset, machine, "-sensor"), machine.now, micros(settings.joinWithin()));
        }
        if (!machine.machine.open && opensMachineCase(machine)) {
            machine.machine.openCase(newId(asset, machine, ""), machine.now, micros(settings.joinWithin()));
        }
    }

    /** A lone spike is noise on a wire; it joins, but opens nothing unless rules call it worse than advisory. */
    private static boolean opensSensorCase(EvidenceLine line) {
        return line.active()
                && (line.severity().compareTo(Severity.ADVISORY) > 0
                        || !line.symptom().equals("sensor_spike"));
    }

    /**
     * Opens on a crossed limit, on state or vibration of warning or worse, on two different advisory vibration symptoms, or on an
     * advisory state change and an advisory vibration symptom together. Onset alone, and state alone at advisory, open nothing. Lines on
     * channels with a sensor fault do not count.
     */
    private static boolean opensMachineCase(Machine machine) {
        Set<String> faulty = faulty(machine);
        Set<String> advisoryVibration = new HashSet<>();
        boolean advisoryState = false;
        for (EvidenceLine line : machine.machine.lines.values()) {
            if (!line.active() || !sound(line, machine, faulty)) {
                continue;
            }
            boolean grave = line.severity().compareTo(Severity.ADVISORY) > 0;
            switch (line.tier()) {
                case LIMIT, VALIDITY -> {
                    return true;
                }
                case STATE, CHART -> {
                    if (grave) {
                        return true;
                    }
                    advisoryState = true;
                }
                case VIBRATION -> {
                    if (grave) {
                        return true;
                    }
                    advisoryVibration.add(line.symptom());
                }
                case ONSET -> {
                    // joins a case, never opens one
                }
            }
        }
        return advisoryVibration.size() > 1 || (advisoryState && !advisoryVibration.isEmpty());
    }

    /** A line of the whole machine is as sound as the channels that carry it: half of their shares at least. */
    private static boolean sound(EvidenceLine line, Machine machine, Set<String> faulty) {
        if (line.channel() != null) {
            return !faulty.contains(line.channel());
        }
        if (faulty.isEmpty()) {
            return true;
        }
        double all = 0;
        double good = 0;
        for (EvidenceLine part : machine.machine.lines.values()) {
            if (part.active() && part.tier() == line.tier() && part.channel() != null && part.share() > 0) {
                all += part.share();
                good += faulty.contains(part.channel()) ? 0 : part.share();
            }
        }
        return all > 0 && good >= 0.5 * all;
    }

    private static Set<String> faulty(Machine machine) {
        Set<String> faulty = new HashSet<>();
        for (EvidenceLine line : machine.sensors.lines.values()) {
            // a wrong clock says nothing of the values: receive times stand in for it
            boolean clock = line.symptom().equals("sensor_clock");
            if (line.active() && line.channel() != null && !clock) {
                faulty.add(line.channel());
            }
        }
        return faulty;
    }

    /** A case nobody has heard of yet stays open until it was announced: it must not vanish in a flood. */
    private void close(String asset, Machine machine, List<CaseChange> changes) {
        for (Lane lane : List.of(machine.machine, machine.sensors)) {
            if (lane.open && lane.version > 0 && lane.quiet(machine.now, micros(settings.closeAfter()))) {
                changes.add(new CaseChange.Closed(record(asset, machine, lane, ++lane.version, machine.now)));
                lane.closeCase();
            }
        }
    }

    private static String newId(String asset, Machine machine, String suffix) {
        String name = SafeName.forModel(asset).replace('/', '_').replace('%', '_');
        if (!name.equals(asset)) {
            // two assets must not share an id because their names were cleaned
            name += "-" + Integer.toHexString(asset.hashCode());
        }
        String id = name + "-" + STAMP.format(Instant.ofEpochMilli(Math.floorDiv(machine.now, 1000))) + suffix;
        Lane lane = suffix.isEmpty() ? machine.machine : machine.sensors;
        return lane.id.startsWith(id) ? lane.id + "+" : id;
    }

    // ---- saying what is new

    private record Due(String asset, Machine machine, Lane lane, CaseRecord record, boolean urgent, boolean first) {}

    /** Announces what is due, worst first, while the bound allows. */
    private void announce(Iterable<String> assets, List<CaseChange> changes) {
        List<Due> due = new ArrayList<>();
        for (String asset : assets) {
            due(asset, machine(asset), machine(asset).machine, due);
            due(asset, machine(asset), machine(asset).sensors, due);
        }
        due.sort(Comparator.comparing((Due d) -> d.record().severity())
                .reversed()
                .thenComparing(d -> !d.urgent())
                .thenComparingLong(d -> d.lane().openedMicros)
                .thenComparing(Due::asset));
        for (Due next : due) {
            if (free(next.machine().now, next.urgent())) {
                say(next, changes);
            } else {
                if (!next.lane().waiting) {
                    next.lane().waiting = true;
                    delayed++;
                }
            }
        }
    }

    private void due(String asset, Machine machine, Lane lane, List<Due> due) {
        if (!lane.open) {
            return;
        }
        lane.severity = lane.worst(machine.now, micros(settings.chatterHold()));
        CaseRecord record = record(asset, machine, lane, lane.version + 1, 0);
        Lane.Said said = lane.said;
        if (said == null) {
            due.add(new Due(asset, machine, lane, record, true, true));
            return;
        }
        boolean rises = record.severity().compareTo(said.severity()) > 0;
        // the second version may be "not sure" yet, with more evidence: the name is not to wait for long after it
        Duration pause = lane.version <= 2 ? settings.gathering() : settings.holdOff();
        boolean settled = machine.now - lane.openedMicros >= micros(settings.gathering())
                && (lane.version == 1 || machine.now - lane.saidMicros >= micros(pause));
        if (rises || (settled && !said(record).equals(said))) {
            due.add(new Due(asset, machine, lane, record, rises, false));
        }
    }

    private void say(Due next, List<CaseChange> changes) {
        Lane lane = next.lane();
        lane.version = next.record().version();
        lane.saidMicros = next.machine().now;
        lane.said = said(next.record());
        lane.waiting = false;
        announcements.addLast(next.machine().now);
        announced++;
        changes.add(next.first() ? new CaseChange.Opened(next.record()) : new CaseChange.Updated(next.record()));
    }

    private static Lane.Said said(CaseRecord record) {
        String location = record.best().location();
        return new Lane.Said(record.severity(), record.best().fault(), location == null ? "" : location, (int)
                record.evidence().stream().map(CaseBook::news).distinct().count());
    }

    /** A symptom already known on one channel is no news on the next; a second broken sensor is. */
    private static String news(EvidenceLine line) {
        return SymptomWords.ofSensor(line.symptom()) ? line.symptom() + "/" + line.channel() : line.symptom();
    }

    private boolean free(long now, boolean urgent) {
        long horizon = now - micros(settings.announceWindow());
        announcements.removeIf(time -> time <= horizon);
        return announcements.size() < settings.mostAnnouncements() - (urgent ? 0 : settings.reservedForNew());
    }

    private CaseRecord record(String asset, Machine machine, Lane lane, int version, long closedMicros) {
        Set<String> faulty = faulty(machine);
        SymptomMatrix matrix = matrices.get(asset);
        if (matrix == null) {
            throw new IllegalStateException("asset " + asset + " is in the book without a matrix");
        }
        Set<String> ignored = lane == machine.machine ? faulty : Set.of();
        // a growing fault's first faint symptoms are often another fault's: while they still come in, no name
        boolean early = lane == machine.machine
                && lane.severity == Severity.ADVISORY
                && machine.now - lane.openedMicros < micros(settings.gathering());
        List<Candidate> candidates = matrix.rank(lane.trusted(ignored));
        return new CaseRecord(
                lane.id,
                asset,
                version,
                lane.openedMicros,
                lane.updatedMicros,
                closedMicros,
                lane.severity,
                lane.evidence(closedMicros != 0),
                early ? Ranking.held(candidates) : candidates,
                lane.root(asset, ignored, micros(settings.gathering())));
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }

    // ---- what a restart must not forget

    /** The whole state, versioned and checksummed; the layout stands in {@code CaseBytes}. */
    public byte[] snapshot() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(announcements.size());
            for (long time : announcements) {
                out.writeLong(time);
            }
            out.writeLong(rejected);
            out.writeLong(dropped);
            out.writeLong(delayed);
            out.writeLong(announced);
            out.writeInt(machines.size());
            for (Map.Entry<String, Machine> entry : machines.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeLong(entry.getValue().now);
                entry.getValue().machine.write(out);
                entry.getValue().sensors.write(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        byte[] body = bytes.toByteArray();
        return ByteBuffer.allocate(MAGIC.length + body.length + 4)
                .put(MAGIC)
                .put(body)
                .putInt(crc(body))
                .array();
    }

    /**
     * Goes on from a snapshot. Settings and matrices may have changed since; cases of assets that are gone are forgotten.
     *
     * @throws IllegalArgumentException when the bytes are no snapshot of a case book; the book is then as new
     */
    public void restore(byte[] snapshot) {
        announcements.clear();
        machines.replaceAll((asset, machine) -> new Machine());
        rejected = dropped = delayed = announced = 0;
        int end = snapshot.length - 4;
        if (end < MAGIC.length || !Arrays.equals(snapshot, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IllegalArgumentException(
                    "restored cases from " + snapshot.length + " bytes that are no case book of version 1");
        }
        byte[] body = Arrays.copyOfRange(snapshot, MAGIC.length, end);
        if (ByteBuffer.wrap(snapshot, end, 4).getInt() != crc(body)) {
            throw new IllegalArgumentException(
                    "restored cases from " + snapshot.length + " bytes whose checksum is wrong");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(body))) {
            Deque<Long> times = new ArrayDeque<>();
            for (int n = CaseBytes.count(in.readInt(), 1000); n > 0; n--) {
                times.addLast(in.readLong());
            }
            long[] counts = {in.readLong(), in.readLong(), in.readLong(), in.readLong()};
            Map<String, Machine> read = new TreeMap<>();
            for (int n = CaseBytes.count(in.readInt(), 10_000); n > 0; n--) {
                String asset = in.readUTF();
                Machine machine = new Machine();
                machine.now = in.readLong();
                machine.machine = Lane.read(in);
                machine.sensors = Lane.read(in);
                read.put(asset, machine);
            }
            announcements.addAll(times);
            rejected = counts[0];
            dropped = counts[1];
            delayed = counts[2];
            announced = counts[3];
            machines.replaceAll((asset, machine) -> read.getOrDefault(asset, machine));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "restored cases from a snapshot that ends early or holds unknown values", e);
        }
    }

    private static int crc(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return (int) crc.getValue();
    }
}
