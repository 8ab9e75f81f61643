package io.penstock.daemon.uplink;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what comes down the link: opened, its counter newer than all before, its key's role enough. In one transaction the
 * counter is used up, the effect saved, a row written for the audit and a receipt queued, so that a kill neither repeats nor loses it.
 * What no key of ours has sealed is counted, not kept: anybody may send that.
 */
public final class Downlink implements Uplink.Hearing {
    private static final Logger LOG = LoggerFactory.getLogger(Downlink.class);
    private static final String LAST_DELTA = "delta";
    private static final long HOUR_MICROS = 3_600_000_000L;

    private final Database database;
    private final Map<Integer, CommandKey> keys;
    private final Map<Integer, FrameKey> opens = new HashMap<>();
    private final FrameCounter heard;
    private final Site site;
    private final Optional<PublicKey> signer;
    private final DeltaTaken deltas;

    /**
     * @param name as a delta is signed for
     * @param assets ids in the order of the configuration
     * @param bound items that wait, at most
     * @param mostPercent a command may set the caps to
     */
    public record Site(String name, List<String> assets, int bound, int mostPercent) {}

    /** Takes up a change of the configuration. */
    @FunctionalInterface
    public interface DeltaTaken {
        /**
         * @param text some lines of TOML, signed by the one who may
         * @return what came of it: begins with done or refused
         */
        String take(String text);
    }

    /** @param signer may change the configuration; empty: nobody may */
    public Downlink(
            Database database,
            Map<Integer, CommandKey> keys,
            Site site,
            Optional<PublicKey> signer,
            DeltaTaken deltas) {
        this.database = database;
        this.keys = Map.copyOf(keys);
        this.site = site;
        this.signer = signer;
        this.deltas = deltas;
        this.heard = FrameCounter.heardBeside(database.file());
        keys.forEach((id, key) -> opens.put(id, key.key()));
    }

    /** What became of a command. */
    private record Outcome(FrameItem.Verdict verdict, String detail) {}

    @Override
    public void take(byte[] frame, Instant now) throws StoreFailed {
        FrameSeal.Opened opened;
        try {
            opened = FrameSeal.open(opens, frame, FrameSeal.Way.DOWN);
        } catch (FrameSeal.Refused e) {
            LOG.warn("a command of {} bytes {}", frame.length, e.getMessage());
            database.run(c -> UplinkQueue.count(c, "came down: no command of a known key", 1));
            return;
        }
        CommandKey key = keys.get(opened.keyId());
        if (key == null) {
            throw new IllegalStateException("opened by a key that is not there: " + opened.keyId());
        }
        try {
            if (opened.counter() < Math.max(heard.least(opened.keyId()), database.read(c -> next(c, opened.keyId())))) {
                database.run(c -> UplinkQueue.count(c, "came down: a command once more", 1));
                return;
            }
            Optional<Command> command = Command.decode(opened.content());
            Outcome outcome = database.write(c -> {
                Outcome came = command.isEmpty()
                        ? new Outcome(FrameItem.Verdict.REFUSED, "it is no command this version knows")
                        : outcome(c, key, command.get(), now);
                used(c, opened);
                audit(c, opened, key.role(), command.map(Command::text).orElse("unknown"), came, now);
                FrameItem receipt = new FrameItem.Receipt(opened.keyId(), opened.counter(), came.verdict());
                String name = "$receipt-" + opened.keyId() + "-" + opened.counter();
                UplinkQueue.put(c, name, UplinkLane.HEALTH, receipt, micros(now), site.bound());
                return came;
            });
            LOG.info(
                    "command of key {} ({}): {}: {}{}",
                    opened.keyId(),
                    key.role().word(),
                    command.map(Command::text).orElse("unknown"),
                    outcome.verdict(),
                    outcome.detail().isEmpty() ? "" : ", " + outcome.detail());
            heard.use(opened.keyId(), opened.counter());
        } catch (IOException e) {
            LOG.error("note a command's counter: {}; until that is mended none is taken", e.getMessage());
        }
        settle(now);
    }

    private Outcome outcome(Connection c, CommandKey key, Command command, Instant now) throws SQLException {
        if (!key.role().may(command)) {
            return new Outcome(
                    FrameItem.Verdict.NOT_ALLOWED,
                    "it needs the role " + command.needs().word());
        }
        return switch (command) {
            case Command.SendEvidence(int asset, int caseNumber) -> evidence(c, asset, caseNumber, now);
            case Command.Shelve(int asset, int hours) -> {
                if (asset >= site.assets().size()) {
                    yield refused("there is no asset " + (asset + 1) + " here");
                }
                yield shelve(c, key.key().id(), site.assets().get(asset), hours, micros(now));
            }
            case Command.SetBudget(int percent) -> {
                if (percent > site.mostPercent()) {
                    yield refused("command_budget_percent lets it be " + site.mostPercent() + " at most");
                }
                Standing.set(c, Standing.PERCENT, percent);
                yield done("");
            }
            case Command.Hold(int hours) -> {
                Standing.set(c, Standing.PAUSED, hours == 0 ? 0 : micros(now) + hours * HOUR_MICROS);
                yield done("");
            }
            case Command.DeltaPart part -> part(c, key.key().id(), part);
        };
    }

    private static Outcome done(String detail) {
        return new Outcome(FrameItem.Verdict.DONE, detail);
    }

    private static Outcome refused(String why) {
        return new Outcome(FrameItem.Verdict.REFUSED, why);
    }

    private static Outcome shelve(Connection c, int keyId, String asset, int hours, long micros) throws SQLException {
        String verb = hours == 0 ? "unshelve" : "shelve";
        String seconds = hours == 0 ? "" : Long.toString(hours * 3_600L);
        long until = hours == 0 ? 0 : micros + hours * HOUR_MICROS;
        OperatorActs.put(
                c,
                new OperatorActs.Act(
                        UUID.randomUUID().toString(),
                        verb,
                        asset,
                        seconds,
                        "",
                        until,
                        "key " + keyId + " by uplink",
                        "uplink",
                        micros));
        if (hours == 0) {
            OperatorActs.endNow(c, asset, micros);
        }
        return done(asset);
    }

    private Outcome evidence(Connection c, int asset, int caseNumber, Instant now) throws SQLException {
        Optional<CaseRecord> record = asset >= site.assets().size()
                ? Optional.empty()
                : CaseStore.newestOf(c, site.assets().get(asset), Summary.CASE_NUMBERS).stream()
                        .filter(each -> Summaries.caseNumber(each.openedMicros()) == caseNumber)
                        .findFirst();
        if (record.isEmpty()) {
            return refused("there is no such case here");
        }
        try {
            List<FrameItem.SheetPart> parts = CaseSheet.of(record.get(), asset, caseNumber);
            for (FrameItem.SheetPart part : parts) {
                String name = "$sheet-" + asset + "-" + caseNumber + "-" + part.part();
                UplinkQueue.put(c, name, UplinkLane.BULK, part, micros(now), site.bound());
            }
            return done(record.get().id() + ", " + parts.size() + " frames");
        } catch (IOException e) {
            return refused(String.valueOf(e.getMessage()));
        }
    }

    private Outcome part(Connection c, int keyId, Command.DeltaPart part) throws SQLException {
        if (signer.isEmpty()) {
            return refused("no command_signer is set: nobody may change this site's configuration from afar");
        }
        if (part.delta() <= lastDelta(c)) {
            return refused("delta " + lastDelta(c) + " was taken already; number it higher");
        }
        try (PreparedStatement s =
                c.prepareStatement("DELETE FROM uplink_delta WHERE key_id = ? AND (delta <> ? OR parts <> ?)")) {
            s.setInt(1, keyId);
            s.setInt(2, part.delta());
            s.setInt(3, part.of());
            s.executeUpdate();
        }
        try (PreparedStatement s = c.prepareStatement(
                "INSERT OR REPLACE INTO uplink_delta (key_id, delta, part, parts, bytes) VALUES (?, ?, ?, ?, ?)")) {
            s.setInt(1, keyId);
            s.setInt(2, part.delta());
            s.setInt(3, part.part());
            s.setInt(4, part.of());
            s.setBytes(5, part.bytes());
            s.executeUpdate();
        }
        return new Outcome(FrameItem.Verdict.WAITS, "");
    }

    /** A delta whose parts are all here. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    private record Whole(int keyId, int delta, byte[] message) {}

    /** Takes up a configuration delta whose parts are all here: also one of before a kill. */
    public void settle(Instant now) throws StoreFailed {
        for (Whole whole : database.read(Downlink::whole)) {
            String came;
            try {
                PublicKey key = signer.orElseThrow(() -> new IllegalArgumentException("no command_signer is set"));
                came = deltas.take(ConfigDelta.opened(whole.message(), site.name(), whole.delta(), key));
            } catch (IllegalArgumentException e) {
                came = "refused: " + e.getMessage();
            }
            String said = came;
            boolean done = said.startsWith("done");
            database.run(c -> {
                try (PreparedStatement s = c.prepareStatement("DELETE FROM uplink_delta WHERE key_id = ?")) {
                    s.setInt(1, whole.keyId());
                    s.executeUpdate();
                }
                if (done) {
                    Standing.set(c, LAST_DELTA, whole.delta());
                }
                audit(
                        c,
                        new FrameSeal.Opened(whole.keyId(), next(c, whole.keyId()) - 1, whole.message()),
                        Role.OWNER,
                        "configuration delta " + whole.delta(),
                        done ? done(said) : refused(said),
                        now);
                FrameItem receipt = new FrameItem.Receipt(
                        whole.keyId(),
                        next(c, whole.keyId()) - 1,
                        done ? FrameItem.Verdict.DONE : FrameItem.Verdict.REFUSED);
                UplinkQueue.put(
                        c,
                        "$delta-" + whole.keyId() + "-" + whole.delta(),
                        UplinkLane.HEALTH,
                        receipt,
                        micros(now),
                        site.bound());
            });
            LOG.info("configuration delta {}: {}", whole.delta(), said);
        }
    }

    private static List<Whole> whole(Connection c) throws SQLException {
        Map<Integer, List<byte[]>> parts = new TreeMap<>();
        Map<Integer, int[]> heads = new HashMap<>();
        try (PreparedStatement s = c.prepareStatement(
                        "SELECT key_id, delta, parts, bytes FROM uplink_delta ORDER BY key_id, part");
                ResultSet r = s.executeQuery()) {
            while (r.next()) {
                parts.computeIfAbsent(r.getInt(1), id -> new ArrayList<>()).add(r.getBytes(4));
                heads.put(r.getInt(1), new int[] {r.getInt(2), r.getInt(3)});
            }
        }
        List<Whole> whole = new ArrayList<>();
        heads.forEach((key, head) -> {
            List<byte[]> all = parts.getOrDefault(key, List.of());
            if (all.size() == head[1]) {
                byte[] message =
                        new byte[all.stream().mapToInt(each -> each.length).sum()];
                int at = 0;
                for (byte[] each : all) {
                    System.arraycopy(each, 0, message, at, each.length);
                    at += each.length;
                }
                whole.add(new Whole(key, head[0], message));
            }
        });
        return whole;
    }

    private static long lastDelta(Connection c) throws SQLException {
        return number(c, "SELECT ifnull(max(value), 0) FROM uplink_setting WHERE name = '" + LAST_DELTA + "'");
    }

    private static long next(Connection c, int keyId) throws SQLException {
        return number(c, "SELECT ifnull(max(next), 0) FROM uplink_heard WHERE key_id = " + keyId);
    }

    private static long number(Connection c, String sql) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(sql);
                ResultSet r = s.executeQuery()) {
            return r.getLong(1);
        }
    }

    private static void used(Connection c, FrameSeal.Opened opened) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO uplink_heard (key_id, next) VALUES (?, ?)"
                + " ON CONFLICT (key_id) DO UPDATE SET next = excluded.next")) {
            s.setInt(1, opened.keyId());
            s.setLong(2, opened.counter() + 1);
            s.executeUpdate();
        }
    }

    private static void audit(
            Connection c, FrameSeal.Opened opened, Role role, String command, Outcome outcome, Instant now)
            throws SQLException {
        try (PreparedStatement s =
                c.prepareStatement("INSERT INTO uplink_command (time, key_id, counter, role, command,"
                        + " verdict, detail) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            s.setLong(1, micros(now));
            s.setInt(2, opened.keyId());
            s.setLong(3, opened.counter());
            s.setString(4, role.word());
            s.setString(5, command);
            s.setString(6, outcome.verdict().name());
            s.setString(7, outcome.detail());
            s.executeUpdate();
        }
    }

    /** A command that came, and what became of it. */
    public record Heard(
            long timeMicros, int keyId, long counter, String role, String command, String verdict, String detail) {}

    /** The newest commands, newest first. */
    public static List<Heard> heard(Connection c, int limit) throws SQLException {
        List<Heard> all = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT time, key_id, counter, role, command, verdict, detail"
                + " FROM uplink_command ORDER BY id DESC LIMIT ?")) {
            s.setInt(1, limit);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(new Heard(
                            r.getLong(1),
                            r.getInt(2),
                            r.getLong(3),
                            r.getString(4),
                            r.getString(5),
                            r.getString(6),
                            r.getString(7)));
                }
            }
        }
        return all;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
