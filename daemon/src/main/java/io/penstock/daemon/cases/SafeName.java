package io.penstock.daemon.cases;

/**
 * Names and units from the plant on their way to a reader. They are data: bounded, with nothing in them that moves a cursor, ends a
 * line or reads as markup.
 */
public final class SafeName {
    private static final int LONGEST_FOR_MODEL = 40;
    private static final int LONGEST_FOR_PEOPLE = 60;

    private SafeName() {}

    /** For a prompt: only {@code [A-Za-z0-9_.%/-]}, anything else an underscore, at most 40 characters. */
    public static String forModel(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints().limit(LONGEST_FOR_MODEL).forEach(c -> kept.append(plain(c) ? (char) c : '_'));
        return kept.isEmpty() ? "_" : kept.toString();
    }

    /** For a terminal or a log: letters, marks and digits of any script beside {@code _.%/-}, at most 60 characters. */
    public static String forPeople(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints().limit(LONGEST_FOR_PEOPLE).forEach(c -> {
            if (plain(c) || Character.isLetterOrDigit(c) || mark(c)) {
                kept.appendCodePoint(c);
            } else {
                kept.append('_');
            }
        });
        return kept.isEmpty() ? "_" : kept.toString();
    }

    private static boolean plain(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "_.%/-".indexOf(c) >= 0;
    }

    /** Vowel signs: without them Devanagari is unreadable. */
    private static boolean mark(int c) {
        return Character.getType(c) == Character.COMBINING_SPACING_MARK
                || Character.getType(c) == Character.NON_SPACING_MARK;
    }
}
