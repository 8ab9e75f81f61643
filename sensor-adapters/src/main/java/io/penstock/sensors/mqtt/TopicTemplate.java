package io.penstock.sensors.mqtt;

import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.PlantText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says which channel a topic belongs to. The template is a topic whose levels are literal, {@code {asset}},
 * {@code {channel}}, {@code +} (any one level) or, at the end, {@code #} (any rest): {@code plant/{asset}/{channel}}.
 * A part that has no place in the topic is fixed. A channel may be missing where the payload names channels.
 *
 * @param asset the machine, where the template has no {@code {asset}}
 * @param channel the quantity, where the template has no {@code {channel}}
 */
public record TopicTemplate(
        String template, @Nullable String asset, @Nullable String channel) {
    private static final String ASSET = "{asset}";
    private static final String CHANNEL = "{channel}";

    /** Whether a topic fits, and which channel it names. */
    public sealed interface Match {
        /** @param channel null where the template names none */
        record Named(String asset, @Nullable ChannelId channel) implements Match {}

        record Unfit(String reason) implements Match {}
    }

    public TopicTemplate {
        List<String> levels = List.of(template.split("/", -1));
        checkOnce(template, levels, ASSET, asset, 1);
        checkOnce(template, levels, CHANNEL, channel, 0);
        int rest = levels.indexOf("#");
        if (rest >= 0 && rest != levels.size() - 1) {
            throw new IllegalArgumentException("topic template " + template + " has # before its end");
        }
        for (String level : levels) {
            boolean whole = level.equals(ASSET) || level.equals(CHANNEL);
            if (!whole && (level.indexOf('{') >= 0 || level.indexOf('}') >= 0)) {
                throw new IllegalArgumentException("topic template " + template + " has the level " + level
                        + ", expected {asset}, {channel}, + for one that does not matter (a site, an area), # or literal"
                        + " text");
            }
        }
    }

    /** A template that names both parts. */
    public static TopicTemplate of(String template) {
        return new TopicTemplate(template, null, null);
    }

    /** A template whose topics all carry one channel, such as {@code plant/{asset}/vibration_de}. */
    public static TopicTemplate forChannel(String template, String channel) {
        return new TopicTemplate(template, null, channel);
    }

    private static void checkOnce(
            String template, List<String> levels, String place, @Nullable String fixed, int least) {
        long places = levels.stream().filter(place::equals).count();
        long all = places + (fixed == null ? 0 : 1);
        if (all < least || all > 1) {
            throw new IllegalArgumentException("topic template " + template + " has " + places + " times " + place
                    + (fixed == null ? "" : " and a fixed one") + ", expected it once");
        }
    }

    /** Whether every topic that fits names a channel. */
    public boolean namesChannel() {
        return channel != null || template.contains(CHANNEL);
    }

    /** The filter that asks a broker for every topic that can fit. */
    public String filter() {
        return template.replace(ASSET, "+").replace(CHANNEL, "+");
    }

    public Match match(String topic) {
        String[] levels = template.split("/", -1);
        String[] found = topic.split("/", -1);
        String foundAsset = asset;
        String foundChannel = channel;
        boolean open = levels[levels.length - 1].equals("#");
        int compared = open ? levels.length - 1 : levels.length;
        if (found.length < compared || (!open && found.length != compared)) {
            return new Match.Unfit("topic has " + found.length + " levels, template " + template + " has " + compared);
        }
        for (int i = 0; i < compared; i++) {
            if (levels[i].equals(ASSET)) {
                foundAsset = found[i];
            } else if (levels[i].equals(CHANNEL)) {
                foundChannel = found[i];
            } else if (!levels[i].equals("+") && !levels[i].equals(found[i])) {
                return new Match.Unfit("topic has " + PlantText.quoted(found[i]) + " where the template " + template
                        + " has " + levels[i]);
            }
        }
        if (foundAsset == null) {
            throw new IllegalStateException("the constructor lets no template without asset pass");
        }
        try {
            // an asset alone is checked as a channel's would be
            ChannelId named = new ChannelId(foundAsset, foundChannel == null ? foundAsset : foundChannel);
            return new Match.Named(foundAsset, foundChannel == null ? null : named);
        } catch (IllegalArgumentException e) {
            return new Match.Unfit(String.valueOf(e.getMessage()));
        }
    }
}
