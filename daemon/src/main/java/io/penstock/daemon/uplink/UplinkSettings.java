package io.penstock.daemon.uplink;

/**
 * The {@code [uplink]} table. Off is the default and, in this version, the only value: the frame codec and the budget that have
 * to stand before the first byte are not built yet, so a configuration that asks for them is refused rather than half obeyed.
 *
 * @param enabled must be false
 */
public record UplinkSettings(boolean enabled) {
    public static final UplinkSettings OFF = new UplinkSettings(false);

    public UplinkSettings {
        if (enabled) {
            throw new IllegalArgumentException(
                    "found true, but this version has no uplink yet; set it to false: results stay on the site's own broker");
        }
    }
}
