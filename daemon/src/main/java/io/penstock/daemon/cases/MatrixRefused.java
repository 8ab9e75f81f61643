package io.penstock.daemon.cases;

import java.util.List;

/** A symptom matrix file cannot be used. Carries every mistake found in it, each with its line. */
public final class MatrixRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> mistakes;

    /** @param file the file's name, for the message */
    public MatrixRefused(String file, List<String> mistakes) {
        super("symptom matrix " + file + " has " + mistakes.size()
                + (mistakes.size() == 1 ? " mistake: " : " mistakes: ") + String.join("; ", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    /** One entry a mistake, in the order of lines: {@code line 12: ...}. */
    public List<String> mistakes() {
        return mistakes;
    }
}
