package io.penstock.daemon.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a golden set, collecting every mistake with its line. A finding needs its symptom alone; the rest has defaults: the channel
 * none, the tier that usually finds it, 0 seconds, warning, strength 0.7, share 1, good quality, no value.
 */
final class GoldenReader {
    static final String SCHEMA = "penstock.golden/1";
    private static final int MOST_CASES = 100_000;
    private static final int MOST_FINDINGS = 64;
    private static final int LONGEST = 200;
    private static final Set<String> CASE_KEYS = Set.of(
            "schema", "id", "kind", "group", "half", "family", "causes", "accept", "must_not", "note", "findings");
    private static final Set<String> FINDING_KEYS = Set.of(
            "channel",
            "tier",
            "symptom",
            "location",
            "active",
            "at",
            "value",
            "unit",
            "limit",
            "limit_source",
            "baseline",
            "severity",
            "strength",
            "share",
            "quality");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final List<String> mistakes = new ArrayList<>();
    private int line;

    private GoldenReader() {}

    static GoldenSet read(String file, String text) throws GoldenRefused {
        GoldenReader reader = new GoldenReader();
        List<GoldenCase> cases = new ArrayList<>();
        for (String json : text.lines().toList()) {
            reader.line++;
            if (!json.isBlank() && cases.size() < MOST_CASES) {
                GoldenCase one = reader.one(json);
                if (one != null) {
                    cases.add(one);
                }
            }
        }
        if (cases.isEmpty() && reader.mistakes.isEmpty()) {
            reader.mistakes.add("line 1: no case; write one JSON object a line");
        }
        if (reader.mistakes.isEmpty()) {
            try {
                return new GoldenSet(cases);
            } catch (IllegalArgumentException e) {
                reader.mistakes.add(String.valueOf(e.getMessage()));
            }
        }
        throw new GoldenRefused(file, reader.mistakes);
    }

    private @Nullable GoldenCase one(String json) {
        int before = mistakes.size();
        JsonNode node;
        try {
            node = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            mistake("not JSON: " + SafeName.forPeople(String.valueOf(e.getOriginalMessage())));
            return null;
        }
        if (!node.isObject() || !node.path("schema").asText().equals(SCHEMA)) {
            mistake("no object with \"schema\": \"" + SCHEMA + "\"");
            return null;
        }
        keys(node, CASE_KEYS);
        String id = text(node, "id", "");
        SymptomMatrix matrix = matrix(text(node, "kind", ""));
        Set<String> known = new LinkedHashSet<>(List.of(GoldenCase.NORMAL, Fault.UNSURE));
        if (matrix != null) {
            matrix.faults().forEach(fault -> known.add(fault.code()));
        }
        Set<String> causes = codes(node, "causes", known);
        Set<String> accept = codes(node, "accept", known);
        Set<String> mustNot = codes(node, "must_not", known);
        List<Finding> findings = new ArrayList<>();
        for (JsonNode finding : node.path("findings")) {
            Finding read = finding(finding);
            if (read != null && findings.size() < MOST_FINDINGS) {
                findings.add(read);
            }
        }
        if (id.isBlank() || !node.path("findings").isArray()) {
            mistake("a case needs an id and an array of findings");
        }
        GoldenCase.Half half = one(GoldenCase.Half.values(), text(node, "half", "held"), "half");
        if (mistakes.size() > before || matrix == null || half == null) {
            return null;
        }
        findings.sort(Comparator.comparingLong(Finding::timeMicros));
        try {
            return new GoldenCase(
                    id,
                    matrix.kind(),
                    text(node, "group", "other"),
                    half,
                    text(node, "family", id),
                    causes,
                    accept,
                    mustNot,
                    text(node, "note", ""),
                    findings);
        } catch (IllegalArgumentException e) {
            mistake(id + ": " + e.getMessage());
            return null;
        }
    }

    private @Nullable SymptomMatrix matrix(String kind) {
        try {
            return ShippedMatrices.of(kind);
        } catch (MatrixRefused e) {
            mistake(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Finding finding(JsonNode node) {
        keys(node, FINDING_KEYS);
        String symptom = text(node, "symptom", "");
        if (!SymptomWords.known(symptom) && !symptom.equals(Finding.SPIKE)) {
            mistake("\"" + SafeName.forPeople(symptom) + "\" is no symptom");
            return null;
        }
        Finding.Tier tier = one(
                Finding.Tier.values(), text(node, "tier", usual(symptom).name().toLowerCase(Locale.ROOT)), "tier");
        Severity severity = one(Severity.values(), text(node, "severity", "warning"), "severity");
        Quality quality = one(Quality.values(), text(node, "quality", "good"), "quality");
        double strength = number(node, "strength", 0.7);
        double share = number(node, "share", 1);
        double at = number(node, "at", 0);
        if (!(strength >= 0 && strength <= 1 && share >= 0 && share <= 1 && at >= 0 && at <= 86_400)) {
            mistake(symptom + ": strength and share are 0 to 1, at is 0 to 86400 seconds");
            return null;
        }
        if (tier == null || severity == null || quality == null) {
            return null;
        }
        return new Finding(
                GoldenCase.ASSET,
                node.hasNonNull("channel") ? text(node, "channel", "") : null,
                tier,
                symptom,
                node.hasNonNull("location") ? text(node, "location", "") : null,
                !node.has("active") || node.path("active").asBoolean(),
                GoldenCase.START_MICROS + Math.round(at * 1e6),
                number(node, "value", Double.NaN),
                text(node, "unit", ""),
                number(node, "limit", Double.NaN),
                text(node, "limit_source", ""),
                number(node, "baseline", Double.NaN),
                severity,
                strength,
                share,
                quality,
                0);
    }

    /** The detector that usually finds a symptom. */
    private static Finding.Tier usual(String symptom) {
        if (SymptomWords.ofSensor(symptom)) {
            return Finding.Tier.VALIDITY;
        }
        return switch (symptom) {
            case "state_shift" -> Finding.Tier.STATE;
            case "onset" -> Finding.Tier.ONSET;
            default -> SymptomWords.ofVibration(symptom) ? Finding.Tier.VIBRATION : Finding.Tier.LIMIT;
        };
    }

    private Set<String> codes(JsonNode node, String key, Set<String> known) {
        Set<String> codes = new LinkedHashSet<>();
        for (JsonNode code : node.path(key)) {
            codes.add(code.asText());
            if (!known.contains(code.asText()) && known.size() > 2) {
                String nearest = SymptomWords.nearest(code.asText(), known);
                mistake(key + ": \"" + SafeName.forPeople(code.asText()) + "\" is no fault of this machine class"
                        + (nearest == null ? "" : "; did you mean " + nearest + "?"));
            }
        }
        return codes;
    }

    private void keys(JsonNode node, Set<String> known) {
        node.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                String nearest = SymptomWords.nearest(key, known);
                mistake("unknown key " + SafeName.forPeople(key)
                        + (nearest == null ? "" : "; did you mean " + nearest + "?"));
            }
        });
    }

    private String text(JsonNode node, String key, String absent) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.isTextual() || value.asText().length() > LONGEST) {
            mistake(key + " is no text of at most " + LONGEST + " characters");
            return absent;
        }
        return value.asText();
    }

    private double number(JsonNode node, String key, double absent) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return absent;
        }
        if (!value.isNumber()) {
            mistake(key + " is no number");
            return absent;
        }
        return value.asDouble();
    }

    private <T extends Enum<T>> @Nullable T one(T[] values, String name, String what) {
        for (T value : values) {
            if (value.name().equalsIgnoreCase(name)) {
                return value;
            }
        }
        mistake(what + " is \"" + SafeName.forPeople(name) + "\", expected one of "
                + String.join(
                        ", ",
                        java.util.Arrays.stream(values)
                                .map(value -> value.name().toLowerCase(Locale.ROOT))
                                .toList()));
        return null;
    }

    private void mistake(String text) {
        mistakes.add("line " + line + ": " + text);
    }
}
