package io.penstock.daemon.commission;

/** What an operator wants of the running daemon: one line of text, its format first, with a tab between its parts. */
public sealed interface Order permits BaselineOrder, ConfigOrder {
    /** The line. */
    String text();

    /** @throws IllegalArgumentException when it is no line of a known format */
    static Order parse(String text) {
        return text.startsWith(ConfigOrder.FORMAT + "\t") ? ConfigOrder.parse(text) : BaselineOrder.parse(text);
    }

    static boolean isPlain(String text) {
        return text.codePoints().noneMatch(Character::isISOControl);
    }
}
