package io.penstock.daemon.cli;

import io.penstock.daemon.uplink.CaseSheet;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.NodeHealth;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.Summary;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What frames say, in words: summaries as a table, everything else a line each. */
final class FrameWords {
    private final List<String> assets;
    private final List<Shown> summaries = new ArrayList<>();
    private final List<Map<String, Object>> others = new ArrayList<>();
    private final Map<String, List<FrameItem.SheetPart>> sheets = new LinkedHashMap<>();

    /** @param assets ids in the order of the site's configuration */
    FrameWords(List<String> assets) {
        this.assets = assets;
    }

    /** @param in the frame or the lane it is in */
    void add(FrameItem item, String in) {
        switch (item) {
            case FrameItem.Told(Summary summary) -> summaries.add(shown(summary, in));
            case FrameItem.Health(NodeHealth health) -> others.add(health(health, in));
            case FrameItem.SheetPart part ->
                sheets.computeIfAbsent(
                                asset(part.asset()) + " case " + part.caseNumber() + " version " + part.version(),
                                name -> new ArrayList<>())
                        .add(part);
            case FrameItem.Receipt(int keyId, long counter, FrameItem.Verdict verdict) ->
                others.add(line(
                        in,
                        "receipt",
                        Map.of(
                                "command",
                                keyId + "-" + counter,
                                "verdict",
                                verdict.name().toLowerCase(Locale.ROOT))));
            case FrameItem.Unknown(int kind) -> others.add(line(in, "unknown", Map.of("item", kind)));
        }
    }

    private String asset(int place) {
        return place < assets.size() ? assets.get(place) : "asset " + (place + 1);
    }

    private static Map<String, Object> line(String in, String kind, Map<String, Object> more) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("in", in);
        line.put("kind", kind);
        line.putAll(more);
        return line;
    }

    private Map<String, Object> health(NodeHealth h, String in) {
        Map<String, Object> line = line(in, "health", Map.of());
        line.put("time", Summaries.time(h.minutes()).toString());
        line.put("uptime_h", h.uptimeHours());
        line.put("sources", h.sources());
        line.put("sources_down", h.sourcesDown());
        line.put("readings", h.readings());
        line.put("cases_opened_24h", h.opened());
        line.put("waiting", h.waiting());
        line.put("not_sent", h.notSent());
        line.put("disk_free_percent", h.freePercent());
        line.put("clock_trusted", h.clockTrusted());
        Map<String, String> open = new LinkedHashMap<>();
        for (int i = 0; i < h.assets().size(); i++) {
            String name = asset(i);
            h.assets().get(i).ifPresent(worst -> open.put(name, worst.name().toLowerCase(Locale.ROOT)));
        }
        line.put("open", open);
        return line;
    }

    /** Returns the exit code. */
    int print(PrintWriter out, boolean json) {
        for (Map.Entry<String, List<FrameItem.SheetPart>> each : sheets.entrySet()) {
            List<FrameItem.SheetPart> parts = each.getValue();
            Object evidence = CaseSheet.joined(parts)
                    .<Object>map(sheet -> sheet)
                    .orElse(parts.stream()
                                    .map(FrameItem.SheetPart::part)
                                    .distinct()
                                    .count()
                            + " of " + parts.getFirst().of() + " parts");
            others.add(line(each.getKey(), "evidence", Map.of("sheet", evidence)));
        }
        if (json) {
            summaries.forEach(row -> Console.json(out, row));
            others.forEach(row -> Console.json(out, row));
        } else {
            if (!summaries.isEmpty()) {
                Console.table(
                        out,
                        List.of("IN", "TIME", "ASSET", "CASE", "SEVERITY", "FAULT", "SURE", "STATE", "EVIDENCE"),
                        summaries.stream().map(FrameWords::cells).toList());
            }
            others.forEach(row -> out.println(Console.printable(row.entrySet().stream()
                    .map(e -> words(e.getKey(), e.getValue()))
                    .collect(Collectors.joining(", ")))));
        }
        return summaries.isEmpty() && others.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    private static String words(String key, Object value) {
        return key.equals("in") || key.equals("kind") ? value.toString() : key.replace('_', ' ') + " " + value;
    }

    /** A summary in words. */
    record Shown(
            String in,
            String time,
            String asset,
            int caseNumber,
            String severity,
            String fault,
            double confidence,
            boolean closed,
            List<String> evidence) {}

    private Shown shown(Summary summary, String in) {
        Instant time = Summaries.time(summary);
        return new Shown(
                in,
                time.toString(),
                asset(summary.asset()),
                summary.caseNumber(),
                summary.severity().name().toLowerCase(Locale.ROOT),
                summary.fault(),
                summary.confidence(),
                summary.closed(),
                summary.evidence().stream().map(FrameWords::text).toList());
    }

    /** {@code kurtosis 9.21}, {@code velocity rms 7.10 mm/s}. */
    static String text(Summary.Evidence line) {
        String unit = switch (line.unit()) {
            case "1" -> "";
            case Dictionary.OWN_UNIT -> " in the channel's unit";
            default -> " " + line.unit();
        };
        return line.symptom() + " " + String.format(Locale.ROOT, "%.3g", line.value()) + unit;
    }

    private static List<String> cells(Shown row) {
        return List.of(
                row.in(),
                row.time(),
                row.asset(),
                Integer.toString(row.caseNumber()),
                row.severity(),
                row.fault(),
                Console.percent(row.confidence()),
                row.closed() ? "closed" : "open",
                String.join(", ", row.evidence()));
    }
}
