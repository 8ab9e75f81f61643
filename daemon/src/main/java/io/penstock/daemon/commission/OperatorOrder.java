package io.penstock.daemon.commission;

import java.util.Locale;

/**
 * What an operator says about a case. As text: one line, {@code penstock.operator/1}, verb, subject, detail and who says it, with a tab
 * between.
 *
 * @param subject a case's id, or enough of its beginning; for {@link Verb#SHELVE} and {@link Verb#UNSHELVE} a machine's, too
 * @param detail what the verb needs beside it; may be empty
 * @param by the name given; a claim, so it is kept beside the order file's owner
 */
public record OperatorOrder(Verb verb, String subject, String detail, String by) implements Order {
    /** A new word of the operator is a constant here, and a line where {@code OperatorWord} carries it out. */
    public enum Verb {
        /** I have seen it. */
        ACK,
        /** I have done something about it; the detail says what. */
        ACTED,
        /** Do not announce it for as many seconds as the detail says. */
        SHELVE,
        /** Announce it again. */
        UNSHELVE,
        /** The diagnosis was right. */
        CONFIRM,
        /** It was another fault: the detail begins with its code, a note may follow. */
        CORRECT;

        /** As it is written. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final String FORMAT = "penstock.operator/1";
    private static final int LONGEST = 200;

    public OperatorOrder {
        if (subject.isEmpty()) {
            throw new IllegalArgumentException("order about no case");
        }
        for (String part : new String[] {subject, detail, by}) {
            if (part.length() > LONGEST || !Order.isPlain(part)) {
                throw new IllegalArgumentException("order with a text of " + part.length()
                        + " characters, expected at most " + LONGEST + " and no control or invisible characters");
            }
        }
    }

    @Override
    public String text() {
        return String.join("\t", FORMAT, verb.word(), subject, detail, by) + "\n";
    }

    /** @throws IllegalArgumentException when it is no such line */
    static OperatorOrder parse(String text) {
        String[] parts = text.strip().split("\t", -1);
        if (parts.length != 5 || !parts[0].equals(FORMAT)) {
            throw new IllegalArgumentException("it is no line of " + FORMAT + ", verb, subject, detail and name");
        }
        for (Verb verb : Verb.values()) {
            if (verb.word().equals(parts[1])) {
                return new OperatorOrder(verb, parts[2], parts[3], parts[4]);
            }
        }
        throw new IllegalArgumentException("its verb is none an operator has");
    }
}
