package io.penstock.daemon.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Words of which a text must hold one, or a pattern cannot be found in it: an automaton that is walked for every character is asked
 * only where one of them stands. Read from the pattern itself; where that is not certain there are none, and the pattern is always
 * tried.
 */
final class RequiredWords {
    /** Shorter ones stand in every text. */
    private static final int SHORTEST = 3;

    private static final String ZERO_WIDTH = "bBAz";
    private static final String CLASSES = "dDsSwW";
    /** Other braces are letters like any. */
    private static final Pattern COUNTED = Pattern.compile("\\{(\\d{1,4})(?:,\\d{0,4})?}");

    private final String regex;
    private int at;
    /** Whether everything so far was understood. */
    private boolean certain = true;

    private RequiredWords(String regex) {
        this.regex = regex;
    }

    /** In lower case; empty where none are certain. */
    static List<String> of(String regex) {
        if (!regex.chars().allMatch(c -> c < 0x80)) {
            return List.of();
        }
        RequiredWords reader = new RequiredWords(regex);
        List<String> words = reader.alternatives().orElse(List.of());
        return reader.certain && reader.at == regex.length() ? List.copyOf(words) : List.of();
    }

    /**
     * A text as {@link #in} wants it. The two characters beyond ASCII that RE2 takes for an ASCII letter's other case become that
     * letter.
     */
    static String folded(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        StringBuilder folded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                folded.append((char) (c + 32));
            } else {
                folded.append(c == '\u212A' ? 'k' : c == '\u017F' ? 's' : c);
            }
        }
        return folded.toString();
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** Whether the pattern these words are of may be found in a folded text. */
    static boolean in(List<String> words, String folded) {
        if (words.isEmpty()) {
            return true;
        }
        for (String word : words) {
            if (folded.contains(word)) {
                return true;
            }
        }
        return false;
    }

    /** All alternatives up to the end or a closing parenthesis; of each one word, or empty where one alternative has none. */
    private Optional<List<String>> alternatives() {
        List<String> all = new ArrayList<>();
        boolean each = true;
        while (true) {
            Optional<List<String>> words = sequence();
            each &= words.isPresent();
            words.ifPresent(all::addAll);
            if (at >= regex.length() || regex.charAt(at) != '|') {
                return each ? Optional.of(all) : Optional.empty();
            }
            at++;
        }
    }

    /** What follows one another: the longest run of letters in it, or the best group. */
    private Optional<List<String>> sequence() {
        List<List<String>> found = new ArrayList<>();
        StringBuilder run = new StringBuilder();
        while (at < regex.length() && regex.charAt(at) != '|' && regex.charAt(at) != ')') {
            char c = regex.charAt(at);
            if (c == '(') {
                end(run, found);
                group().filter(words -> !optional()).ifPresent(found::add);
            } else if (c == '[') {
                end(run, found);
                at = endOfClass();
                optional();
            } else if (c == '\\') {
                escaped(run, found);
            } else if (".^$".indexOf(c) >= 0) {
                end(run, found);
                at++;
                optional();
            } else {
                literal(c, run, found);
            }
        }
        end(run, found);
        return found.stream().max(Comparator.comparingInt(RequiredWords::shortest));
    }

    private Optional<List<String>> group() {
        at++;
        if (regex.startsWith("?", at)) {
            int colon = at;
            while (colon < regex.length() && ":)>".indexOf(regex.charAt(colon)) < 0) {
                colon++;
            }
            at = Math.min(colon + 1, regex.length());
            if (regex.charAt(at - 1) == ')') {
                // flags alone: a repetition after them is one of what stands before them
                int after = at;
                optional();
                certain &= at == after;
                return Optional.empty();
            }
        }
        Optional<List<String>> words = alternatives();
        at = Math.min(at + 1, regex.length());
        if (words.isEmpty()) {
            optional();
        }
        return words;
    }

    private int endOfClass() {
        int end = at + 1;
        end += regex.startsWith("^", end) ? 1 : 0;
        // a bracket right at the beginning is one of the class
        end += regex.startsWith("]", end) ? 1 : 0;
        while (end < regex.length() && regex.charAt(end) != ']') {
            int named = regex.startsWith("[:", end) ? regex.indexOf(":]", end) : -1;
            end = named >= 0 ? named + 2 : end + (regex.charAt(end) == '\\' ? 2 : 1);
        }
        return Math.min(end + 1, regex.length());
    }

    private void escaped(StringBuilder run, List<List<String>> found) {
        char c = at + 1 < regex.length() ? regex.charAt(at + 1) : 'Q';
        if (ZERO_WIDTH.indexOf(c) >= 0 || CLASSES.indexOf(c) >= 0) {
            end(run, found);
            at += 2;
            optional();
        } else if (Character.isLetterOrDigit(c)) {
            // \Q, \p, \x and the like: not read here, so nothing is certain
            certain = false;
            at = regex.length();
        } else {
            at++;
            literal(c, run, found);
        }
    }

    private void literal(char c, StringBuilder run, List<List<String>> found) {
        at++;
        int before = at;
        if (!optional()) {
            run.append(c);
        }
        if (at != before) {
            end(run, found);
        }
    }

    /** Passes over a repetition; whether it allows none at all. */
    private boolean optional() {
        if (at >= regex.length()) {
            return false;
        }
        char c = regex.charAt(at);
        boolean none = c == '?' || c == '*';
        Matcher counted = COUNTED.matcher(regex).region(at, regex.length());
        if (counted.lookingAt()) {
            none = Integer.parseInt(counted.group(1)) == 0;
            at = counted.end();
        } else if (none || c == '+') {
            at++;
        } else {
            return false;
        }
        if (at < regex.length() && regex.charAt(at) == '?') {
            at++;
        }
        return none;
    }

    private static void end(StringBuilder run, List<List<String>> found) {
        if (run.length() >= SHORTEST) {
            found.add(List.of(run.toString().toLowerCase(Locale.ROOT)));
        }
        run.setLength(0);
    }

    private static int shortest(List<String> words) {
        return words.stream().mapToInt(String::length).min().orElse(0);
    }
}
