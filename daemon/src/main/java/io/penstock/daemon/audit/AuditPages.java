package io.penstock.daemon.audit;

import io.penstock.daemon.route.Complexity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** An audit's report as a page for people. Names from a log are data: they are escaped for what they are put into. */
public final class AuditPages {
    private static final int MOST_BARS = 12;
    private static final int BAR_WIDTH = 420;
    private static final int BAR_HEIGHT = 22;

    private final AuditReport report;

    public AuditPages(AuditReport report) {
        this.report = report;
    }

    /** A table of a page: a heading, what it means, and its rows, the first of which is the head. */
    private record Table(String heading, String note, List<List<String>> rows) {}

    public String markdown() {
        StringBuilder page = new StringBuilder("# Inference audit\n\n");
        summary().forEach(line -> page.append("- ").append(plain(line)).append('\n'));
        for (Table table : tables()) {
            page.append("\n## ")
                    .append(table.heading())
                    .append("\n\n")
                    .append(plain(table.note()))
                    .append("\n\n");
            for (int r = 0; r < table.rows().size(); r++) {
                row(page, table.rows().get(r), AuditPages::plain, "| ", " | ", " |\n");
                if (r == 0) {
                    row(page, table.rows().get(r), ignored -> "---", "| ", " | ", " |\n");
                }
            }
        }
        return page.toString();
    }

    public String html() {
        StringBuilder page = new StringBuilder("""
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <title>Inference audit</title>
                <style>body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
                table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}td,th{border-bottom:1px solid #ddd;padding:.3em .6em;text-align:left}
                td.n{text-align:right}rect.local{fill:#2a7f62}rect.central{fill:#9aa5b1}text{font:13px system-ui,sans-serif}</style>
                </head><body><h1>Inference audit</h1><ul>
                """);
        summary().forEach(line -> page.append("<li>").append(escaped(line)).append("</li>\n"));
        page.append("</ul>\n").append(bars());
        for (Table table : tables()) {
            page.append("<h2>")
                    .append(escaped(table.heading()))
                    .append("</h2><p>")
                    .append(escaped(table.note()));
            page.append("</p><table>\n");
            for (int r = 0; r < table.rows().size(); r++) {
                String cell = r == 0 ? "th" : "td";
                row(
                        page,
                        table.rows().get(r),
                        AuditPages::escaped,
                        "<tr><" + cell + ">",
                        "</" + cell + "><" + cell + ">",
                        "</" + cell + "></tr>\n");
            }
            page.append("</table>\n");
        }
        return page.append("</body></html>\n").toString();
    }

    /** Where the money goes (the tokens, where nothing is priced); green is worth a local model. */
    private String bars() {
        List<AuditReport.Row> rows = report.rows().stream().limit(MOST_BARS).toList();
        double most = rows.stream().mapToDouble(this::weight).max().orElse(0);
        StringBuilder svg = new StringBuilder("<svg role=\"img\" width=\"100%\" viewBox=\"0 0 760 ")
                .append(rows.size() * BAR_HEIGHT + 4)
                .append("\"><title>")
                .append(isPriced() ? "Cost" : "Tokens")
                .append(" by task; green: worth a local model</title>\n");
        for (int i = 0; i < rows.size(); i++) {
            AuditReport.Row row = rows.get(i);
            int width = most > 0 ? (int) Math.max(1, weight(row) / most * BAR_WIDTH) : 1;
            int y = i * BAR_HEIGHT;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"0\" y=\"%d\">%s, %s</text><rect class=\"%s\" x=\"200\" y=\"%d\" width=\"%d\" height=\"16\"/>"
                            + "<text x=\"%d\" y=\"%d\">%s</text>%n",
                    y + 15,
                    row.task().word().replace('_', ' '),
                    row.complexity().word(),
                    row.local() ? "local" : "central",
                    y + 3,
                    width,
                    206 + width,
                    y + 15,
                    escaped(
                            isPriced()
                                    ? money(row.cost())
                                    : count(row.inputTokens() + row.outputTokens()) + " tokens")));
        }
        return svg.append("</svg>\n").toString();
    }

    private double weight(AuditReport.Row row) {
        return isPriced() ? row.cost() : row.inputTokens() + row.outputTokens();
    }

    private boolean isPriced() {
        return report.cost() > 0;
    }

    private List<String> summary() {
        List<String> lines = new ArrayList<>();
        lines.add(count(report.calls()) + " calls, " + count(report.inputTokens()) + " tokens read, "
                + count(report.outputTokens()) + " written" + (isPriced() ? ", " + money(report.cost()) : ""));
        if (report.unpriced() > 0) {
            lines.add(count(report.unpriced()) + " calls have no price in the log and none in a price list (--prices)");
        }
        if (report.estimated() > 0) {
            lines.add("of " + count(report.estimated()) + " calls the log lacks a token count: estimated at "
                    + count(Call.CHARACTERS_PER_TOKEN) + " characters a token, an answer that is not there at 0");
        }
        lines.add(share(report.localCalls()) + " of the calls (95 % interval " + share(report.localLow()) + " to "
                + share(report.localHigh()) + ") are of a kind that a local model of 3 to 8 billion parameters is worth"
                + " trying on"
                + (isPriced()
                        ? "; they took " + money(report.localCost()) + ", " + share(report.localCost() / report.cost())
                        : ""));
        lines.add(
                Double.isNaN(report.recognition())
                        ? "No embedding model ran: only patterns named tasks, the rest is not recognised"
                        : "How sure the tasks are: of the shipped samples, each left out in turn, the router kept "
                                + share(report.recognition()) + " with their task");
        lines.add("Whether a local model answers as well was not measured here; it has to be, on answers of your own,"
                + " before anything is switched");
        if (!report.rejects().isEmpty()) {
            lines.add("Lines that could not be read are listed at the end; all others were");
        }
        return lines;
    }

    private List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        tables.add(new Table(
                "Low-hanging fruit first",
                "What a local model is worth trying on, by " + (isPriced() ? "cost" : "tokens")
                        + ". In examples only everyday words are shown, all others are dots.",
                rows(report.lowHanging(), true)));
        tables.add(new Table(
                "The rest",
                "Stays where it is until something else is measured.",
                rows(report.rows().stream().filter(r -> !r.local()).toList(), false)));
        tables.add(new Table(
                "What the prompts hold",
                "By form (keys, addresses, card numbers, private networks), so \"open\" means that nothing was found.",
                groups("Found", report.sensitivities())));
        tables.add(new Table("Models", "As the log names them.", groups("Model", report.models())));
        if (!report.rejects().isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("Not read"));
            report.rejects().forEach(reject -> rows.add(List.of(reject)));
            tables.add(new Table("Lines that could not be read", "Counted, and passed over.", rows));
        }
        return tables.stream().filter(table -> table.rows().size() > 1).toList();
    }

    private List<List<String>> rows(List<AuditReport.Row> of, boolean why) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Task", "Complexity", "Calls", "Tokens", "Cost", why ? "Because" : "Why not", "Looks like"));
        for (AuditReport.Row row : of) {
            rows.add(List.of(
                    row.task().word().replace('_', ' '),
                    row.complexity().word(),
                    count(row.calls())
                            + (row.high() - row.low() >= 1
                                    ? " (" + count(row.low()) + " to " + count(row.high()) + ")"
                                    : ""),
                    count(row.inputTokens() + row.outputTokens()),
                    isPriced() ? money(row.cost()) : "-",
                    row.local() || !row.task().isLocal(Complexity.SIMPLE)
                            ? row.task().why()
                            : "too much asked for a small model",
                    row.examples().isEmpty() ? "" : row.examples().getFirst()));
        }
        return rows;
    }

    private List<List<String>> groups(String head, List<AuditReport.Group> of) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(head, "Calls", "Tokens", "Cost"));
        for (AuditReport.Group group : of) {
            rows.add(List.of(
                    group.name(),
                    count(group.calls()),
                    count(group.inputTokens() + group.outputTokens()),
                    isPriced() ? money(group.cost()) : "-"));
        }
        return rows;
    }

    private static void row(
            StringBuilder page,
            List<String> cells,
            UnaryOperator<String> escape,
            String start,
            String between,
            String end) {
        page.append(start)
                .append(String.join(between, cells.stream().map(escape).toList()))
                .append(end);
    }

    private String money(double amount) {
        return String.format(Locale.ROOT, amount < 100 ? "%s %,.2f" : "%s %,.0f", report.currency(), amount);
    }

    private static String count(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    /** No sign of Markdown's own, no control or direction mark. */
    private static String plain(String text) {
        return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?").replaceAll("([|`<>\\[\\]*_#\\\\])", "\\\\$1");
    }

    private static String escaped(String text) {
        return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
