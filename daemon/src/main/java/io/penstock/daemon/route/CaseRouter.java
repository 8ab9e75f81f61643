package io.penstock.daemon.route;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.detect.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Says who answers a case: an evidence rule where one fits, else the text router on the case's symptoms in words, else the
 * fallback. A role becomes a manifest here; a role nobody fills goes to the general model, and without one the rules answer alone.
 */
public final class CaseRouter {
    /** Role of the model that takes what no other does. */
    public static final String GENERAL = "general";

    /** Lines of a case that go into its text: the clearest. */
    private static final int MOST_LINES = 8;

    private final CaseRules rules;
    private final TextRouter texts;
    private final Map<String, String> manifests;

    /**
     * @param manifests from role to the manifest name of the model that fills it
     */
    public CaseRouter(CaseRules rules, TextRouter texts, Map<String, String> manifests) {
        this.rules = rules;
        this.texts = texts;
        this.manifests = Map.copyOf(manifests);
    }

    public RoutePlan plan(CaseRecord record) {
        return rules.of(record)
                .map(rule -> manned(TextRouter.ruled(
                        rule.route(), rule.model(), rule.name(), List.of(CaseRules.reason(rule, record)))))
                .orElseGet(() -> bySymptoms(record));
    }

    private RoutePlan bySymptoms(CaseRecord record) {
        String text = symptoms(record);
        RoutePlan plan = texts.plan(text);
        List<String> reasons = new ArrayList<>();
        reasons.add("no evidence rule fits: best candidate " + record.best().fault());
        reasons.add("routed by its symptoms: " + text);
        reasons.addAll(plan.reasons());
        boolean fallback = plan.tier() == RoutePlan.Tier.FALLBACK;
        return manned(with(plan, fallback ? GENERAL : plan.model(), reasons));
    }

    /** The plan with the manifest that fills its role. */
    private RoutePlan manned(RoutePlan plan) {
        String role = plan.model();
        List<String> reasons = new ArrayList<>(plan.reasons());
        if (role.isEmpty()) {
            reasons.add("the rules answer alone: no model is asked");
            return with(plan, "", reasons);
        }
        String manifest = manifests.get(role);
        if (manifest == null && manifests.containsKey(GENERAL)) {
            manifest = manifests.get(GENERAL);
            reasons.add("no model for the role " + role + ": the general one is asked");
        }
        if (manifest == null) {
            reasons.add("no model for the role " + role + ": the rules answer alone");
            return with(plan, "", reasons);
        }
        reasons.add("role " + role + " is filled by " + manifest);
        return with(plan, manifest, reasons);
    }

    private static RoutePlan with(RoutePlan plan, String model, List<String> reasons) {
        return new RoutePlan(
                plan.route(),
                plan.tier(),
                model,
                plan.score(),
                plan.runnerUp(),
                plan.margin(),
                plan.threshold(),
                plan.nearest(),
                reasons);
    }

    /** The case's active symptoms in words, clearest first; no tag names: those are the plant's text, not ours. */
    static String symptoms(CaseRecord record) {
        return record.evidence().stream()
                .filter(EvidenceLine::active)
                .sorted(Comparator.comparingDouble(EvidenceLine::strength)
                        .reversed()
                        .thenComparingInt(EvidenceLine::number))
                .map(CaseRouter::words)
                .distinct()
                .limit(MOST_LINES)
                .collect(Collectors.joining(", "));
    }

    private static String words(EvidenceLine line) {
        String words = line.symptom().replace('_', ' ');
        return line.tier() == Finding.Tier.VIBRATION ? words + " in the vibration" : words;
    }
}
