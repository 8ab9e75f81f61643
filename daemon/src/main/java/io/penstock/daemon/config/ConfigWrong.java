package io.penstock.daemon.config;

import java.nio.file.Path;
import java.util.List;

/** A configuration cannot be used: all its problems, each a line that says where, what was found and what to do. */
public final class ConfigWrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public ConfigWrong(Path file, List<String> problems) {
        super(file + ": " + problems.size() + (problems.size() == 1 ? " problem" : " problems") + "\n  "
                + String.join("\n  ", printable(problems)));
        this.problems = printable(problems);
    }

    /** What was found is quoted as it stands, and a terminal must not obey it. */
    private static List<String> printable(List<String> problems) {
        return problems.stream()
                .map(problem -> problem.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?"))
                .toList();
    }

    public List<String> problems() {
        return problems;
    }
}
