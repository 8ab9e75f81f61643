package io.penstock.daemon.eval;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.check.Diagnosis;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks for numbers in what an operator reads that stand nowhere in the evidence. Made apart from the check it watches: it knows no
 * sentence and no unit, only digits.
 */
final class InventedNumbers {
    private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?");
    private static final Pattern OWN = Pattern.compile("\\b(?:[123]x shaft order|line \\d+)|^\\[\\d+]");

    private InventedNumbers() {}

    /** Each number without a source, with the sentence it stands in. */
    static List<String> in(Diagnosis diagnosis, CaseRecord record) {
        List<String> found = new ArrayList<>();
        List<String> said = new ArrayList<>(diagnosis.explanation());
        said.add(diagnosis.headline());
        List<Double> known = numbers(diagnosis, record);
        for (String sentence : said) {
            boolean instruction = sentence.equals(diagnosis.headline());
            String shown = instruction ? sentence.replaceAll(" First: .*", "") : sentence;
            Matcher number = NUMBER.matcher(withoutNames(shown, record));
            while (number.find()) {
                if (!stands(number.group(), known)) {
                    found.add(number.group() + " in \"" + sentence + "\"");
                }
            }
        }
        return found;
    }

    /** Names may hold digits of their own; longest first, so that none is cut out of another. */
    private static String withoutNames(String sentence, CaseRecord record) {
        List<String> names = new ArrayList<>(List.of(record.asset()));
        for (EvidenceLine line : record.evidence()) {
            names.add(line.limitSource());
            if (line.unit().chars().anyMatch(Character::isLetter)) {
                names.add(EvidenceText.unit(line.unit()));
            }
            if (line.channel() != null) {
                names.add(SafeName.forPeople(line.channel()));
                names.add(SafeName.forModel(line.channel()));
            }
            if (line.location() != null) {
                names.add(SafeName.forPeople(line.location()));
            }
        }
        names.removeIf(String::isBlank);
        names.sort(Comparator.comparingInt(String::length).reversed());
        String rest = OWN.matcher(sentence).replaceAll(" ");
        for (String name : names) {
            rest = rest.replace(name, " ");
        }
        return rest;
    }

    private static List<Double> numbers(Diagnosis diagnosis, CaseRecord record) {
        List<Double> known = new ArrayList<>();
        for (EvidenceLine line : record.evidence()) {
            known.addAll(List.of(
                    (double) line.number(),
                    line.value(),
                    line.limit(),
                    line.baseline(),
                    line.value() - line.baseline(),
                    line.value() / line.baseline(),
                    100 * line.share()));
        }
        if (diagnosis.opinion() != null) {
            known.add(100 * diagnosis.opinion().probability());
        }
        known.removeIf(number -> !Double.isFinite(number));
        return known;
    }

    private static boolean stands(String shown, List<Double> known) {
        double claimed = Double.parseDouble(shown);
        int point = shown.indexOf('.');
        double half = shown.indexOf('e') >= 0
                ? 0.005 * claimed
                : 0.5 * Math.pow(10, point < 0 ? 0 : -(shown.length() - point - 1.0));
        return known.stream().anyMatch(number -> Math.abs(Math.abs(number) - claimed) <= half * (1 + 1e-9));
    }
}
