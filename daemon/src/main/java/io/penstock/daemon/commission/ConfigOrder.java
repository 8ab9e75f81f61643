package io.penstock.daemon.commission;

/**
 * That the daemon takes up its configuration anew. As text: one line, {@code penstock.config/1}, {@code apply} or {@code dry-run},
 * the file's absolute path and who asks, with a tab between. The daemon reads its own file and no other: the path says which one the
 * asker means.
 *
 * @param dryRun only told what would change
 * @param by the name the asking command ran under; a claim, so it is logged beside the file's owner
 */
public record ConfigOrder(boolean dryRun, String file, String by) implements Order {
    static final String FORMAT = "penstock.config/1";
    private static final int LONGEST = 700;

    public ConfigOrder {
        if (file.isEmpty()
                || file.length() > LONGEST
                || by.length() > LONGEST / 4
                || !Order.isPlain(file)
                || !Order.isPlain(by)) {
            throw new IllegalArgumentException("order for a configuration whose path has " + file.length()
                    + " characters, expected 1 to " + LONGEST + " and no control characters");
        }
    }

    @Override
    public String text() {
        return String.join("\t", FORMAT, dryRun ? "dry-run" : "apply", file, by) + "\n";
    }

    /** @throws IllegalArgumentException when it is no such line */
    static ConfigOrder parse(String text) {
        String[] parts = text.strip().split("\t", -1);
        if (parts.length != 4 || !(parts[1].equals("apply") || parts[1].equals("dry-run"))) {
            throw new IllegalArgumentException("it is no line of " + FORMAT + ", apply or dry-run, file and name");
        }
        return new ConfigOrder(parts[1].equals("dry-run"), parts[2], parts[3]);
    }
}
