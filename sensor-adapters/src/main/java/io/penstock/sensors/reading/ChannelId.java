package io.penstock.sensors.reading;

/**
 * One measured quantity of one machine. Both parts come from the plant and are data, never instructions: 1 to 120
 * characters, none of them control, format, surrogate or line-breaking ones.
 *
 * @param asset the machine, as in its asset file
 * @param channel the quantity, as in the asset's channel list
 */
public record ChannelId(String asset, String channel) {
    private static final int LONGEST = 120;

    public ChannelId {
        check("asset", asset);
        check("channel", channel);
    }

    private static void check(String part, String name) {
        if (name.isBlank() || name.length() > LONGEST) {
            throw new IllegalArgumentException(
                    part + " name has " + name.length() + " characters, expected 1 to " + LONGEST);
        }
        name.codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR ->
                    throw new IllegalArgumentException(part + " name holds the character U+" + Integer.toHexString(c)
                            + ", which no name may hold");
                default -> {}
            }
        });
    }

    /** {@code asset/channel}, for people and logs. */
    @Override
    public String toString() {
        return asset + "/" + channel;
    }
}
