package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.Tariff;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What is known of a site before its first frame.
 *
 * @param name as in the site's own configuration; a file name, and a level of a topic
 * @param keys by id; an old one stays until nothing under it is under way
 * @param assets in the order of the site's configuration; one that is not named here is told by its place
 * @param tariff what its link charges
 * @param overheadBytes what its link adds to each frame
 * @param silentAfter without a frame for so long it counts as silent
 */
public record SiteSettings(
        String name,
        Map<Integer, FrameKey> keys,
        List<String> assets,
        Tariff tariff,
        int overheadBytes,
        Duration silentAfter) {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_. -]{0,99}");

    public SiteSettings {
        keys = Map.copyOf(keys);
        assets = List.copyOf(assets);
        if (!isName(name)) {
            throw new IllegalArgumentException("site name \"" + name
                    + "\", expected 1 to 100 letters, digits, spaces, and _ - . behind the first");
        }
        if (assets.size() > Summary.MOST_ASSETS || new HashSet<>(assets).size() < assets.size()) {
            throw new IllegalArgumentException("assets: found " + assets.size() + ", expected at most "
                    + Summary.MOST_ASSETS + " that differ, in the order of the site's configuration");
        }
        if (overheadBytes < 0) {
            throw new IllegalArgumentException("overhead_bytes is " + overheadBytes + ", expected 0 or more");
        }
        if (silentAfter.toSeconds() < 1) {
            throw new IllegalArgumentException("silent_after is " + silentAfter + ", expected 1 s or more");
        }
    }

    /** Whether a site may be called so; names come from strangers, too. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The asset at a place of the site's list. */
    public String asset(int place) {
        return place < assets.size() ? assets.get(place) : "asset-" + (place + 1);
    }
}
