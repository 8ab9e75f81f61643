package io.penstock.daemon.prompt;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.SafeName;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a model knows a case's measuring points by: {@code P1}, {@code P2}, in the order of the evidence. A tag of the plant may be an order
 * in words that no filter of characters finds; so no model ever reads one, and two cases that differ in tags alone are the same question.
 */
public final class PointNames {
    private static final Pattern NAME = Pattern.compile("\\bP(\\d{1,3})\\b");

    private final List<String> channels = new ArrayList<>();

    private PointNames() {}

    public static PointNames of(CaseRecord record) {
        PointNames names = new PointNames();
        for (EvidenceLine line : record.evidence()) {
            String channel = line.channel();
            if (channel != null && !names.channels.contains(channel)) {
                names.channels.add(channel);
            }
        }
        return names;
    }

    /** The name of one of the case's channels. */
    public String of(String channel) {
        return "P" + (channels.indexOf(channel) + 1);
    }

    /** All of them. */
    public List<String> all() {
        return channels.stream().map(this::of).toList();
    }

    /** A model's sentence with the plant's own names, for people. */
    public String restored(String sentence) {
        return NAME.matcher(sentence).replaceAll(match -> {
            int place = Integer.parseInt(match.group(1));
            return place >= 1 && place <= channels.size()
                    ? java.util.regex.Matcher.quoteReplacement(SafeName.forPeople(channels.get(place - 1)))
                    : match.group();
        });
    }
}
