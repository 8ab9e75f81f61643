package io.penstock.daemon.commission;

/** What an operator wants of the running daemon: one line of text, its format first, with a tab between its parts. */
public sealed interface Order permits BaselineOrder, ConfigOrder, OperatorOrder {
    /** The line. */
    String text();

    /** @throws IllegalArgumentException when it is no line of a known format */
    static Order parse(String text) {
        if (text.startsWith(ConfigOrder.FORMAT + "\t")) {
            return ConfigOrder.parse(text);
        }
        return text.startsWith(OperatorOrder.FORMAT + "\t") ? OperatorOrder.parse(text) : BaselineOrder.parse(text);
    }

    /** Nothing in it ends a line, moves a cursor or turns the writing round. */
    static boolean isPlain(String text) {
        return text.codePoints()
                .noneMatch(c -> Character.isISOControl(c)
                        || switch (Character.getType(c)) {
                            case Character.FORMAT,
                                    Character.LINE_SEPARATOR,
                                    Character.PARAGRAPH_SEPARATOR,
                                    Character.SURROGATE,
                                    Character.UNASSIGNED -> true;
                            default -> false;
                        });
    }
}
