package io.penstock.daemon.egress;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.prompt.CaseLibrary;
import io.penstock.daemon.prompt.CaseLibrary.Neighbour;
import io.penstock.daemon.prompt.CasePrompt;
import io.penstock.models.language.Prompt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What leaves of a case: a case made anew from allowed fields alone, of which the questions are made, so that what nobody has thought
 * of stays at home. Measuring points go by their {@link io.penstock.daemon.prompt.PointNames}, which the check turns back in the answer; symptoms that are not in a shipped matrix lose their
 * words; units that are not common are left out; identifiers, times, locations and limits' sources never leave. Pure.
 *
 * @param schema of the explanation, as {@code grammar} says it
 * @param aliases what each stands for; stays here
 */
public record Outgoing(
        Prompt label,
        List<String> labels,
        Prompt explanation,
        String grammar,
        ObjectNode schema,
        Map<String, String> aliases) {
    private static final int NEAREST = 3;
    private static final Set<String> COMMON_UNITS = Set.of(
            "",
            "1",
            "Cel",
            "K",
            "/min",
            "1/min",
            "{rev}/min",
            "rpm",
            "Hz",
            "kHz",
            "mm/s",
            "m/s",
            "m/s2",
            "g",
            "um",
            "mm",
            "m",
            "bar",
            "mbar",
            "Pa",
            "kPa",
            "MPa",
            "A",
            "mA",
            "V",
            "kV",
            "W",
            "kW",
            "MW",
            "N",
            "kN",
            "N.m",
            "m3/s",
            "m3/h",
            "l/s",
            "l/min",
            "%",
            "dB",
            "s",
            "ms",
            "kg",
            "kg/s");

    public Outgoing {
        labels = List.copyOf(labels);
        aliases = Map.copyOf(aliases);
    }

    /**
     * What would leave of a case, or empty where its matrix is the site's own: its words are in no allow-list. Of past cases the
     * textbook's go along, never the site's.
     */
    public static Optional<Outgoing> of(CaseRecord record, SymptomMatrix matrix, Set<EgressField> fields) {
        if (!isShipped(matrix)) {
            return Optional.empty();
        }
        Map<String, String> names = new LinkedHashMap<>();
        Set<String> words = shippedWords();
        List<EvidenceLine> lines = new ArrayList<>();
        for (EvidenceLine line : record.evidence()) {
            lines.add(bare(line, alias(line.channel(), names), word(line.symptom(), words), fields));
        }
        List<Candidate> candidates = record.candidates().stream()
                .filter(candidate -> matrix.fault(candidate.fault()) != null
                        || candidate.fault().equals(Fault.UNSURE))
                .toList();
        CaseRecord bare = new CaseRecord(
                "case",
                "machine",
                record.version(),
                0,
                0,
                0,
                record.severity(),
                lines,
                candidates.isEmpty() ? List.of(unsure()) : candidates,
                "machine");
        SymptomMatrix named = fields.contains(EgressField.MACHINE)
                ? matrix
                : new SymptomMatrix("", "machine", matrix.speakingScore(), matrix.tieMargin(), matrix.faults());
        List<Neighbour> textbook = CaseLibrary.of(matrix, List.of()).nearest(bare, NEAREST);
        List<String> labels = CasePrompt.labels(bare, named);
        Map<String, String> aliases = new LinkedHashMap<>();
        names.forEach((name, alias) -> aliases.put(alias, name));
        return Optional.of(new Outgoing(
                CasePrompt.label(bare, named, textbook),
                labels,
                CasePrompt.explanation(bare, named, textbook),
                CasePrompt.grammar(bare, named),
                schema(labels, lines),
                aliases));
    }

    private static Candidate unsure() {
        return new Candidate(Fault.UNSURE, "not sure", 0, null, List.of());
    }

    private static boolean isShipped(SymptomMatrix matrix) {
        try {
            return ShippedMatrices.KINDS.contains(matrix.kind())
                    && ShippedMatrices.of(matrix.kind()).equals(matrix);
        } catch (MatrixRefused e) {
            return false;
        }
    }

    /** Every symptom a shipped matrix names. */
    private static Set<String> shippedWords() {
        Set<String> words = new HashSet<>();
        for (String kind : ShippedMatrices.KINDS) {
            try {
                for (Fault fault : ShippedMatrices.of(kind).faults()) {
                    fault.required().forEach(words::addAll);
                    words.addAll(fault.symptoms().keySet());
                    words.addAll(fault.against().keySet());
                }
            } catch (MatrixRefused e) {
                throw new IllegalStateException("the product's own matrix " + kind + " is wrong", e);
            }
        }
        return words;
    }

    private static String word(String symptom, Set<String> words) {
        if (words.contains(symptom) || SymptomWords.named(symptom)) {
            return symptom;
        }
        return symptom.endsWith("_low") ? "quantity_low" : "quantity_high";
    }

    /** The same name that a prompt about the case itself would use. */
    private static @Nullable String alias(@Nullable String channel, Map<String, String> names) {
        return channel == null ? null : names.computeIfAbsent(channel, c -> "P" + (names.size() + 1));
    }

    private static EvidenceLine bare(
            EvidenceLine line, @Nullable String alias, String symptom, Set<EgressField> fields) {
        boolean values = fields.contains(EgressField.VALUES);
        return new EvidenceLine(
                line.number(),
                alias,
                line.tier(),
                symptom,
                null,
                line.active(),
                0,
                0,
                values ? line.value() : Double.NaN,
                COMMON_UNITS.contains(line.unit()) ? line.unit() : "",
                values && fields.contains(EgressField.LIMITS) ? line.limit() : Double.NaN,
                "",
                Double.NaN,
                line.severity(),
                line.strength(),
                line.share(),
                line.quality(),
                0);
    }

    private static ObjectNode schema(List<String> labels, List<EvidenceLine> lines) {
        ObjectNode schema = new ObjectMapper().createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode faults = properties.putObject("fault").put("type", "string").putArray("enum");
        labels.forEach(faults::add);
        ObjectNode because = properties.putObject("because").put("type", "array");
        ArrayNode numbers = because.putObject("items").put("type", "integer").putArray("enum");
        lines.forEach(line -> numbers.add(line.number()));
        properties.putObject("summary").put("type", "string");
        schema.putArray("required").add("fault").add("because").add("summary");
        return schema.put("additionalProperties", false);
    }
}
