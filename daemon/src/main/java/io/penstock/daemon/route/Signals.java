package io.penstock.daemon.route;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What rules tell of a text, or of a case, before any model is asked: how much it asks for, which chooses the size of the model, and
 * what it holds, which says whether it may ever leave the node. Stored with every plan.
 *
 * @param characters of the text; of a case: of its symptoms in words
 * @param entities tags, numbers and times a text names, at most {@value #MOST_ENTITIES}; active lines of a case
 * @param kind what is wanted
 * @param complexity by length, words, entities and kind; of a case by its lines and how far its candidates lie apart
 * @param sensitivity the data class; of a case it is that of the plant's names in it
 */
public record Signals(int characters, int entities, Task kind, Complexity complexity, Sensitivity sensitivity) {
    /** Where nobody looked: nothing is known to be harmless. */
    public static final Signals UNKNOWN =
            new Signals(0, 0, Task.NOT_RECOGNISED, Complexity.MODERATE, Sensitivity.INTERNAL);

    static final int MOST_ENTITIES = 64;
    private static final int MANY_ENTITIES = 6;
    private static final int MANY_LINES = 5;

    /** Two candidates nearer than this are for a model that can weigh them. */
    private static final double NEAR = 0.15;

    private static final double LIKELY = 0.4;
    private static final int CHARACTERS_PER_TOKEN = 4;

    private static final Pattern ASKS = Pattern.compile(
            "^\\W{0,4}(?:what|why|when|where|which|who|how|is|are|was|were|has|have|had|can|could|should|does|do|did|will)\\b");

    /** Of a text, as its asker wrote it; the whole of it is looked at. */
    static Signals of(String text, Task named) {
        Task kind = named == Task.NOT_RECOGNISED && isQuestion(text) ? Task.QUESTION : named;
        int entities = entities(text);
        Complexity complexity = Complexity.of(text, text.length() / CHARACTERS_PER_TOKEN, 0);
        if (kind == Task.REASONING || kind == Task.CODE) {
            complexity = Complexity.HARD;
        } else if (entities > MANY_ENTITIES
                || text.chars().filter(c -> c == '?').limit(2).count() > 1) {
            complexity = complexity.or(Complexity.MODERATE);
        }
        return new Signals(text.length(), entities, kind, complexity, Sensitivity.of(text));
    }

    /** Of a case: a choice among candidates. Names and units come from the plant, and are looked through. */
    static Signals of(CaseRecord record, String symptoms) {
        int lines =
                (int) record.evidence().stream().filter(EvidenceLine::active).count();
        long likely = record.candidates().stream()
                .filter(candidate -> candidate.score() >= LIKELY)
                .count();
        boolean near = CaseRules.lead(record) < NEAR;
        Complexity complexity = near && (likely > 2 || lines > MANY_LINES)
                ? Complexity.HARD
                : near || lines > MANY_LINES ? Complexity.MODERATE : Complexity.SIMPLE;
        return new Signals(symptoms.length(), lines, Task.CLASSIFICATION, complexity, names(record));
    }

    private static Sensitivity names(CaseRecord record) {
        Stream<@Nullable String> plant = record.evidence().stream()
                .flatMap(line -> Stream.of(line.channel(), line.location(), line.unit(), line.limitSource()));
        return Stream.concat(plant, Stream.of(record.asset(), record.rootChannel()))
                .filter(name -> name != null)
                .distinct()
                .map(Sensitivity::of)
                .reduce(Sensitivity.OPEN, Sensitivity::or);
    }

    /** Words with a digit in them: "TT-1042A", "81.4", "14:30", the 2 of "unit 2". */
    private static int entities(String text) {
        int found = 0;
        boolean counted = false;
        for (int i = 0; i < text.length() && found < MOST_ENTITIES; i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c)) {
                counted = false;
            } else if (!counted && Character.isDigit(c)) {
                counted = true;
                found++;
            }
        }
        return found;
    }

    private static boolean isQuestion(String text) {
        return text.stripTrailing().endsWith("?")
                || ASKS.matcher(text.toLowerCase(Locale.ROOT)).find();
    }

    /** In words, for the plan's reasons. */
    List<String> reasons() {
        return List.of(
                "asks for " + kind.word().replace('_', ' ') + ", " + complexity.word() + ": " + characters
                        + " characters, " + entities + " tags, numbers or lines",
                "data class " + sensitivity.word()
                        + (sensitivity.mayEverLeave() ? "" : ": must not leave this node, whatever is configured"));
    }
}
