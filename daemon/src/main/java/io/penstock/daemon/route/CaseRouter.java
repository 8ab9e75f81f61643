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

    /** Role of a model that can weigh what is hard, where a site has one. */
    public static final String LARGE = "large";

    /** Role of a quick model for what is simple, where a site has one. */
    public static final String SMALL = "small";

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
        String symptoms = symptoms(record);
        RoutePlan plan = rules.of(record)
                .map(rule -> TextRouter.ruled(
                        rule.route(), rule.model(), rule.name(), List.of(CaseRules.reason(rule, record))))
                .orElseGet(() -> bySymptoms(record, symptoms));
        return manned(plan.of(symptoms, Signals.of(record, symptoms)));
    }

    private RoutePlan bySymptoms(CaseRecord record, String symptoms) {
        RoutePlan plan = texts.place(symptoms);
        List<String> reasons = new ArrayList<>();
        reasons.add("no evidence rule fits: best candidate " + record.best().fault());
        reasons.add("routed by its symptoms: " + symptoms);
        reasons.addAll(plan.reasons());
        boolean fallback = plan.tier() == RoutePlan.Tier.FALLBACK;
        return plan.with(fallback ? GENERAL : plan.model(), reasons);
    }

    /** The plan with the manifest that fills its role, or the role its signals ask for. */
    private RoutePlan manned(RoutePlan plan) {
        List<String> reasons = new ArrayList<>(plan.reasons());
        if (plan.model().isEmpty()) {
            reasons.add("the rules answer alone: no model is asked");
            return plan.with("", reasons);
        }
        // a model may be set up for one route alone
        String role = manifests.containsKey(plan.route()) ? plan.route() : sized(plan);
        String manifest = manifests.get(role);
        if (manifest == null && manifests.containsKey(GENERAL)) {
            manifest = manifests.get(GENERAL);
            reasons.add("no model for the role " + role + ": the general one is asked");
        }
        if (manifest == null) {
            reasons.add("no model for the role " + role + ": the rules answer alone");
            return plan.with("", reasons);
        }
        reasons.add("role " + role + " is filled by " + manifest);
        return plan.with(manifest, reasons);
    }

    /** Hard ones go to the large model, simple ones that need no speciality to the small one, where such a role is filled. */
    private String sized(RoutePlan plan) {
        String role = plan.model();
        return switch (plan.signals().complexity()) {
            case HARD -> manifests.containsKey(LARGE) ? LARGE : role;
            case SIMPLE -> role.equals(GENERAL) && manifests.containsKey(SMALL) ? SMALL : role;
            case MODERATE -> role;
        };
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
