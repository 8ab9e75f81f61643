package io.penstock.daemon.audit;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Samples for a report: only words of an everyday vocabulary stay, in lower case; every other word, number and sign is a dot. What a
 * prompt was about can be guessed, what it said cannot.
 */
public final class Redaction {
    private static final Pattern WORD = Pattern.compile("\\p{L}+|\\p{N}+");
    private static final int MOST_WORDS = 24;

    private final Set<String> vocabulary = new HashSet<>();

    /** @param texts whose words may be shown */
    public Redaction(List<String> texts) {
        for (String text : texts) {
            Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
            while (words.find()) {
                if (Character.isLetter(words.group().codePointAt(0))) {
                    vocabulary.add(words.group());
                }
            }
        }
    }

    public String of(String text) {
        StringBuilder shown = new StringBuilder();
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        int count = 0;
        while (words.find() && count < MOST_WORDS) {
            shown.append(count == 0 ? "" : " ").append(vocabulary.contains(words.group()) ? words.group() : "\u2022");
            count++;
        }
        return words.find() ? shown + " ..." : shown.toString();
    }
}
