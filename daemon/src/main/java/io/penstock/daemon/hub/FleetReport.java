package io.penstock.daemon.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.fleet.Fleet;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.KeyProgress;
import io.penstock.daemon.fleet.MonthTally;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.SummaryCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a store tells of the fleet, while a hub runs or not. */
public final class FleetReport {
    private FleetReport() {}

    /**
     * One site.
     *
     * @param state {@code heard}, {@code silent}, {@code never} heard of, or {@code no_key}: it is not in the folder any more
     * @param heardMicros when its newest frame came; 0 before the first
     * @param frames of the month, and what they were in bytes, in bytes the provider counts, and in money with its monthly minimum
     * @param missing counters that never came: lost frames, or some that are still under way
     * @param refused frames by reason, since the store began
     * @param open cases by severity
     * @param gateway its newest word on itself; null before the first
     */
    public record SiteLine(
            String site,
            String state,
            long heardMicros,
            String month,
            long frames,
            long bytes,
            long billed,
            double money,
            String currency,
            long missing,
            Map<String, Long> refused,
            Map<String, Long> open,
            @Nullable JsonNode gateway) {}

    private record Month(long frames, long bytes, long billed, double money) {
        private static final Month EMPTY = new Month(0, 0, 0, 0);
    }

    /**
     * Every site of the folder and of the store, by name; then one without a name for frames of no known site, where there were any.
     *
     * @param month as 2026-11
     */
    public static List<SiteLine> sites(
            StoreAddress store, Map<String, SiteSettings> settings, String month, Instant now) throws StoreFailed {
        return HubDatabase.readOnly(store, c -> {
            Fleet fleet = new Fleet(new SummaryCodec(Dictionary.shipped()));
            FleetRows.load(c, fleet, now);
            Map<Long, Month> months = months(c, month);
            Map<Long, Map<String, Long>> refused = counts(c, "SELECT site, reason, frames FROM hub_refused");
            Map<Long, Map<String, Long>> open =
                    counts(c, "SELECT site, severity, count(*) FROM hub_case WHERE closed = 0 GROUP BY site, severity");
            Map<Long, JsonNode> gateways = GatewayRows.healths(c);
            TreeSet<String> names = new TreeSet<>(settings.keySet());
            names.addAll(fleet.states().keySet());
            List<SiteLine> lines = new ArrayList<>();
            for (String name : names) {
                SiteState state = fleet.state(name);
                long number = state == null ? -1 : state.number();
                lines.add(line(
                        name,
                        settings.get(name),
                        state,
                        month,
                        months.getOrDefault(number, Month.EMPTY),
                        refused.getOrDefault(number, Map.of()),
                        open.getOrDefault(number, Map.of()),
                        gateways.get(number),
                        now));
            }
            Map<String, Long> nobody = refused.getOrDefault(0L, Map.of());
            if (!nobody.isEmpty()) {
                lines.add(new SiteLine("", "no_key", 0, month, 0, 0, 0, 0, "", 0, nobody, Map.of(), null));
            }
            return lines;
        });
    }

    private static SiteLine line(
            String name,
            @Nullable SiteSettings settings,
            @Nullable SiteState state,
            String month,
            Month saved,
            Map<String, Long> refused,
            Map<String, Long> open,
            @Nullable JsonNode gateway,
            Instant now) {
        long heard = state == null ? 0 : state.heardMicros();
        // what came since the fleet was last saved
        MonthTally since = state == null ? null : state.months().get(month);
        double money = saved.money() + (since == null ? 0 : since.money());
        return new SiteLine(
                name,
                state(settings, heard, now),
                heard,
                month,
                saved.frames() + (since == null ? 0 : since.frames()),
                saved.bytes() + (since == null ? 0 : since.bytes()),
                saved.billed() + (since == null ? 0 : since.billed()),
                settings == null ? money : Math.max(money, settings.tariff().monthlyMinimum()),
                settings == null ? "" : settings.tariff().currency(),
                state == null
                        ? 0
                        : state.keys().values().stream()
                                .mapToLong(KeyProgress::missing)
                                .sum(),
                new TreeMap<>(refused),
                new TreeMap<>(open),
                gateway);
    }

    private static String state(@Nullable SiteSettings settings, long heardMicros, Instant now) {
        if (settings == null) {
            return "no_key";
        }
        if (heardMicros == 0) {
            return "never";
        }
        Instant heard = Instant.EPOCH.plus(heardMicros, ChronoUnit.MICROS);
        return SilenceWatch.isSilent(settings, heard, now) ? "silent" : "heard";
    }

    private static Map<Long, Month> months(Connection c, String month) throws SQLException {
        Map<Long, Month> months = new HashMap<>();
        try (PreparedStatement s =
                c.prepareStatement("SELECT site, frames, bytes, billed, money FROM hub_month WHERE month = ?")) {
            s.setString(1, month);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    months.put(r.getLong(1), new Month(r.getLong(2), r.getLong(3), r.getLong(4), r.getDouble(5)));
                }
            }
        }
        return months;
    }

    private static Map<Long, Map<String, Long>> counts(Connection c, String query) throws SQLException {
        Map<Long, Map<String, Long>> counts = new HashMap<>();
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(query)) {
            while (r.next()) {
                counts.computeIfAbsent(r.getLong(1), site -> new TreeMap<>()).put(r.getString(2), r.getLong(3));
            }
        }
        return counts;
    }

    /**
     * Cases, the newest word first.
     *
     * @param site empty: of all
     */
    public static List<FleetCase> cases(StoreAddress store, String site, boolean openOnly, int most)
            throws StoreFailed {
        return HubDatabase.readOnly(store, c -> CaseRows.newest(c, site, openOnly, most));
    }

    /** A case's whole evidence, where it was asked for and every part has come. */
    public static Optional<JsonNode> evidence(StoreAddress store, FleetCase of) throws StoreFailed {
        return HubDatabase.readOnly(
                store,
                c -> GatewayRows.sheet(
                        c, of.key().site(), of.key().place(), of.key().number()));
    }

    /** The worst of some open cases' severities; empty where none is open. */
    public static String worst(Map<String, Long> open) {
        Severity[] severities = Severity.values();
        for (int i = severities.length - 1; i >= 0; i--) {
            String word = severities[i].name().toLowerCase(Locale.ROOT);
            if (open.containsKey(word)) {
                return word;
            }
        }
        return "";
    }
}
