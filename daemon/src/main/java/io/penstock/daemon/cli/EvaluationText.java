package io.penstock.daemon.cli;

import io.penstock.daemon.eval.CaseResult;
import io.penstock.daemon.eval.Contender;
import io.penstock.daemon.eval.EvaluationReport;
import io.penstock.daemon.eval.Figures;
import io.penstock.daemon.eval.GoldenCase;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An evaluation for people and for programs. */
final class EvaluationText {
    private final EvaluationReport report;

    EvaluationText(EvaluationReport report) {
        this.report = report;
    }

    void print(PrintWriter out) {
        out.println(report.results().size() + " golden cases"
                + (report.model().isEmpty() ? ", no model asked" : ", model " + report.model()));
        out.println();
        table(out, "", report.figures());
        for (GoldenCase.Half half : GoldenCase.Half.values()) {
            Map<Contender, Figures> figures = report.figures(golden -> golden.half() == half);
            if (!figures.isEmpty()) {
                out.println();
                table(
                        out,
                        half == GoldenCase.Half.TUNE ? "Half that was tuned and calibrated on" : "Held-out half",
                        figures);
            }
        }
        out.println();
        groups(out);
        out.println();
        out.println("Numbers without a source that reached a user: "
                + report.invented().size());
        report.invented().forEach(number -> out.println("  " + number));
        if (!report.model().isEmpty()) {
            out.println("Explanations written " + report.explained() + ", sentences the check kept back "
                    + report.blocked() + ", answers that did not come " + report.absent());
        }
        out.println("Time p50 / p95: rules and retrieval " + times(report.rulesTimes()) + ", label "
                + times(report.labelTimes()) + ", explanation " + times(report.explanationTimes()));
    }

    private static void table(PrintWriter out, String title, Map<Contender, Figures> figures) {
        if (!title.isEmpty()) {
            out.println(title);
        }
        List<List<String>> rows = new ArrayList<>();
        figures.forEach((contender, f) -> rows.add(List.of(
                contender.spoken(),
                Integer.toString(f.cases()),
                share(f.accuracy()),
                share(f.coverage()),
                share(f.precision()),
                Integer.toString(f.forbidden()),
                estimate(f.ece()),
                estimate(f.eceAll()),
                estimate(f.brier()))));
        Console.table(
                out,
                List.of(
                        "",
                        "CASES",
                        "RIGHT (95 %)",
                        "NAMED (95 %)",
                        "RIGHT WHEN NAMED (95 %)",
                        "FORBIDDEN",
                        "ECE (95 %)",
                        "ECE WITH UNSURE",
                        "BRIER"),
                rows);
    }

    private void groups(PrintWriter out) {
        List<String> head = new ArrayList<>(List.of("GROUP", "CASES"));
        report.figures()
                .keySet()
                .forEach(contender -> head.add(contender.spoken().toUpperCase(Locale.ROOT)));
        head.addAll(List.of("WHOLE NAMED", "FORBIDDEN"));
        List<List<String>> rows = new ArrayList<>();
        for (String group : report.groups()) {
            Map<Contender, Figures> figures =
                    report.figures(golden -> golden.group().equals(group));
            Figures whole = figures.get(Contender.WHOLE);
            if (whole == null) {
                continue;
            }
            List<String> row = new ArrayList<>(List.of(group, Integer.toString(whole.cases())));
            figures.values().forEach(f -> row.add(share(f.accuracy())));
            row.add(share(whole.coverage()));
            row.add(Integer.toString(whole.forbidden()));
            rows.add(row);
        }
        Console.table(out, head, rows);
    }

    void confusion(PrintWriter out) {
        for (Contender contender : report.figures().keySet()) {
            out.println();
            out.println("Wrong answers of " + contender.spoken());
            report.confusion(contender)
                    .forEach((what, times) -> out.println("  " + String.format(Locale.ROOT, "%3d  ", times) + what));
        }
    }

    void wrong(PrintWriter out) {
        out.println();
        for (CaseResult result : report.results()) {
            if (!result.right(Contender.WHOLE)) {
                CaseResult.Verdict verdict = result.of(Contender.WHOLE).orElseThrow();
                out.println(result.golden().id() + " (" + result.golden().group() + "): "
                        + String.join(
                                " | ",
                                result.golden().accept().stream().sorted().toList()) + " -> "
                        + verdict.answer() + ", guess " + verdict.guess() + ", confidence "
                        + number(verdict.confidence()));
            }
        }
    }

    Map<String, Object> json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("schema", "penstock.evaluation/1");
        all.put("model", report.model());
        all.put("sha256", report.sha256());
        all.put("cases", report.results().size());
        all.put("all", figures(report.figures()));
        for (GoldenCase.Half half : GoldenCase.Half.values()) {
            all.put(half.name().toLowerCase(Locale.ROOT), figures(report.figures(golden -> golden.half() == half)));
        }
        Map<String, Object> groups = new LinkedHashMap<>();
        report.groups()
                .forEach(group -> groups.put(
                        group, figures(report.figures(golden -> golden.group().equals(group)))));
        all.put("groups", groups);
        Map<String, Object> confusion = new LinkedHashMap<>();
        report.figures().keySet().forEach(contender -> confusion.put(key(contender), report.confusion(contender)));
        all.put("confusion", confusion);
        all.put("invented", report.invented());
        all.put("explained", report.explained());
        all.put("blocked", report.blocked());
        all.put("absent", report.absent());
        all.put("rules_micros", report.rulesTimes());
        all.put("label_micros", report.labelTimes());
        all.put("explanation_micros", report.explanationTimes());
        return all;
    }

    /** One object a case. */
    List<Map<String, Object>> details() {
        return report.results().stream().map(EvaluationText::detail).toList();
    }

    private static Map<String, Object> detail(CaseResult result) {
        GoldenCase golden = result.golden();
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("id", golden.id());
        one.put("group", golden.group());
        one.put("half", golden.half().name().toLowerCase(Locale.ROOT));
        one.put("opened", result.opened());
        one.put("accept", golden.accept().stream().sorted().toList());
        one.put("causes", golden.causes().stream().sorted().toList());
        result.verdicts()
                .forEach((contender, verdict) -> one.put(
                        key(contender),
                        Map.of(
                                "answer",
                                verdict.answer(),
                                "guess",
                                verdict.guess(),
                                "confidence",
                                verdict.confidence(),
                                "right",
                                result.right(contender))));
        one.put("invented", result.invented());
        if (result.checked() != null) {
            one.put("blocked", result.checked().blocked());
        }
        return one;
    }

    private static Map<String, Object> figures(Map<Contender, Figures> figures) {
        Map<String, Object> all = new LinkedHashMap<>();
        figures.forEach((contender, f) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("cases", f.cases());
            one.put("accuracy", json(f.accuracy()));
            one.put("coverage", json(f.coverage()));
            one.put("precision", json(f.precision()));
            one.put("forbidden", f.forbidden());
            one.put("ece", json(f.ece()));
            one.put("ece_with_unsure", json(f.eceAll()));
            one.put("brier", json(f.brier()));
            all.put(key(contender), one);
        });
        return all;
    }

    private static String key(Contender contender) {
        return contender.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> json(Figures.Share share) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("hits", share.hits());
        all.put("of", share.of());
        put(all, "value", share.value());
        put(all, "low", share.low());
        put(all, "high", share.high());
        return all;
    }

    private static Map<String, Object> json(Figures.Estimate estimate) {
        Map<String, Object> all = new LinkedHashMap<>();
        put(all, "value", estimate.value());
        put(all, "low", estimate.low());
        put(all, "high", estimate.high());
        return all;
    }

    /** JSON has no NaN: what there is no figure for is left out. */
    private static void put(Map<String, Object> to, String key, double value) {
        if (Double.isFinite(value)) {
            to.put(key, Math.rint(value * 1e4) / 1e4);
        }
    }

    private static String share(Figures.Share share) {
        return share.of() == 0
                ? "-"
                : number(share.value()) + " (" + number(share.low()) + "-" + number(share.high()) + ")";
    }

    private static String estimate(Figures.Estimate estimate) {
        return Double.isNaN(estimate.value())
                ? "-"
                : number(estimate.value()) + " (" + number(estimate.low()) + "-" + number(estimate.high()) + ")";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String times(EvaluationReport.Times times) {
        return times.of() == 0
                ? "-"
                : String.format(Locale.ROOT, "%.1f / %.1f ms", times.p50() / 1e3, times.p95() / 1e3);
    }
}
