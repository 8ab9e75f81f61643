package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.ChannelId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path of browse names below the Objects folder with blanks to fill in, such as {@code Plant/{asset}/Vibration*}:
 *
 * <pre>
 * *         any characters of one name         ?        one character
 * {name}    as *, at least one character, and kept under that name
 * **        as a whole name: any number of levels, none too
 * </pre>
 *
 * What was kept fills the templates of asset and channel. Pure.
 */
public final class PathPattern {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(\\w+)}");
    private static final Pattern TOKEN = Pattern.compile("\\{\\w+}|\\*|\\?");
    private static final String ANY_LEVELS = "**";
    private static final int MOST_LEVELS = 20;
    /** A browse name is longer in no plant we know, and matching takes time with its length. */
    private static final int LONGEST_NAME = 256;

    private final String text;
    private final List<Segment> segments;
    private final String asset;
    private final String channel;

    /** @param pattern null for any number of levels */
    private record Segment(
            @org.jspecify.annotations.Nullable Pattern pattern, List<String> names) {}

    /**
     * @param text the path; a leading {@code Objects/} may be left out
     * @param asset the asset's id, or a template such as {@code unit-{asset}}
     * @param channel the channel's id, or a template
     */
    public PathPattern(String text, String asset, String channel) {
        this.text = text;
        this.asset = asset;
        this.channel = channel;
        String path = text.startsWith("/") ? text.substring(1) : text;
        String below = path.startsWith("Objects/") ? path.substring("Objects/".length()) : path;
        this.segments = new ArrayList<>();
        Set<String> names = new HashSet<>();
        String[] parts = below.split("/", -1);
        if (parts.length > MOST_LEVELS) {
            throw new IllegalArgumentException(
                    "path " + text + " has " + parts.length + " levels, expected at most " + MOST_LEVELS);
        }
        for (String part : parts) {
            segments.add(segment(text, part, names));
        }
        if (segments.getLast().pattern == null) {
            throw new IllegalArgumentException(
                    "path " + text + " ends with **, expected the variables' name last, such as **/*");
        }
        for (String template : List.of(asset, channel)) {
            Matcher m = PLACEHOLDER.matcher(template);
            while (m.find()) {
                if (!names.contains(m.group(1))) {
                    throw new IllegalArgumentException(
                            "'" + template + "' wants {" + m.group(1) + "}, which the path " + text + " does not have");
                }
            }
        }
    }

    private static Segment segment(String text, String part, Set<String> names) {
        if (part.equals(ANY_LEVELS)) {
            return new Segment(null, List.of());
        }
        if (part.isEmpty()) {
            throw new IllegalArgumentException("path " + text + " has an empty level, expected NAME/NAME/...");
        }
        StringBuilder regex = new StringBuilder();
        List<String> kept = new ArrayList<>();
        Matcher m = TOKEN.matcher(part);
        int from = 0;
        while (m.find()) {
            regex.append(Pattern.quote(part.substring(from, m.start())));
            from = m.end();
            switch (m.group()) {
                case "*" -> regex.append(".*?");
                case "?" -> regex.append('.');
                default -> {
                    String name = m.group().substring(1, m.group().length() - 1);
                    if (!names.add(name)) {
                        throw new IllegalArgumentException("path " + text + " has {" + name + "} twice");
                    }
                    kept.add(name);
                    regex.append("(.+?)");
                }
            }
        }
        regex.append(Pattern.quote(part.substring(from)));
        return new Segment(Pattern.compile(regex.toString(), Pattern.DOTALL), kept);
    }

    /** As configured. */
    public String text() {
        return text;
    }

    /**
     * A place in the tree the path may go through.
     *
     * @param at the segment that the next name has to fit
     */
    record Place(int at, Map<String, String> kept) {}

    Place start() {
        return new Place(0, Map.of());
    }

    /** Where a child of this name leads, empty when nowhere; {@link #isEnd} of one of them is a match. */
    List<Place> below(Place place, String browseName) {
        if (browseName.length() > LONGEST_NAME) {
            return List.of();
        }
        List<Place> places = new ArrayList<>(2);
        collect(place, browseName, places);
        return places;
    }

    private void collect(Place place, String name, List<Place> to) {
        if (place.at >= segments.size()) {
            return;
        }
        Segment segment = segments.get(place.at);
        if (segment.pattern == null) {
            // this name is one of the levels, or the levels are over and the next segment has to fit it
            to.add(place);
            collect(new Place(place.at + 1, place.kept), name, to);
            return;
        }
        Matcher m = segment.pattern.matcher(name);
        if (m.matches()) {
            Map<String, String> kept = place.kept;
            if (!segment.names.isEmpty()) {
                kept = new HashMap<>(kept);
                for (int i = 0; i < segment.names.size(); i++) {
                    kept.put(segment.names.get(i), m.group(i + 1));
                }
            }
            to.add(new Place(place.at + 1, kept));
        }
    }

    boolean isEnd(Place place) {
        return place.at == segments.size();
    }

    /**
     * The channel a match feeds.
     *
     * @throws IllegalArgumentException when the plant's names make none
     */
    ChannelId channel(Place end) {
        return new ChannelId(filled(asset, end.kept), filled(channel, end.kept));
    }

    private static String filled(String template, Map<String, String> kept) {
        return PLACEHOLDER
                .matcher(template)
                .replaceAll(m -> Matcher.quoteReplacement(kept.getOrDefault(m.group(1), "")));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathPattern p
                && p.text.equals(text)
                && p.asset.equals(asset)
                && p.channel.equals(channel);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text + " -> " + asset + "/" + channel;
    }
}
