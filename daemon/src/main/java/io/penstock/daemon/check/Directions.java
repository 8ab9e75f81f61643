package io.penstock.daemon.check;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.SymptomWords;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which way each quantity of the evidence went, and whether a sentence turns one round: "the flow is high" where it is low. */
final class Directions {
    private static final int BACK = 5;
    private static final int AHEAD = 2;

    private enum Way {
        HIGH,
        LOW
    }

    /** By the last word of the quantity: temperature, flow, order. */
    private final Map<String, Set<Way>> ways = new HashMap<>();

    Directions(CaseRecord record) {
        for (EvidenceLine line : record.evidence()) {
            String spoken = SymptomWords.spoken(line.symptom()).toLowerCase(Locale.ROOT);
            boolean low = spoken.endsWith(" low");
            if (low || spoken.endsWith(" high")) {
                String quantity = spoken.substring(0, spoken.lastIndexOf(' '));
                ways.computeIfAbsent(
                                quantity.substring(quantity.lastIndexOf(' ') + 1), word -> EnumSet.noneOf(Way.class))
                        .add(low ? Way.LOW : Way.HIGH);
            }
        }
    }

    /** @param words of a sentence, bare and in lower case */
    Optional<String> objection(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            boolean low = ClaimWords.LOW.contains(words.get(i));
            if (low || ClaimWords.HIGH.contains(words.get(i))) {
                String quantity = quantityNear(words, i);
                Way way = low ? Way.LOW : Way.HIGH;
                Set<Way> seen = ways.get(quantity);
                if (seen != null && !seen.contains(way)) {
                    return Optional.of("\"" + words.get(i) + "\" contradicts the evidence: " + quantity + " is "
                            + (low ? "high" : "low") + " there");
                }
            }
        }
        return Optional.empty();
    }

    /** The quantity a word of direction speaks of: the nearest before it, else one right behind it; empty where there is none. */
    private String quantityNear(List<String> words, int at) {
        for (int i = at - 1; i >= Math.max(0, at - BACK); i--) {
            if (ways.containsKey(words.get(i))) {
                return words.get(i);
            }
        }
        for (int i = at + 1; i <= Math.min(words.size() - 1, at + AHEAD); i++) {
            if (ways.containsKey(words.get(i))) {
                return words.get(i);
            }
        }
        return "";
    }
}
