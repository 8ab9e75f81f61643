package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.SummaryCodec;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All sites of a hub: judges frames one after the other, from one thread. What it has taken in it expects to be saved. */
public final class Fleet {
    private final SummaryCodec codec;
    private final Map<String, SiteState> states = new HashMap<>();
    private Map<String, SiteSettings> settings = Map.of();

    public Fleet(SummaryCodec codec) {
        this.codec = codec;
    }

    /** @param now sites by name, instead of those before; what came from a site stays known */
    public void settle(Map<String, SiteSettings> now) {
        settings = Map.copyOf(now);
    }

    public void add(String site, SiteState state) {
        states.put(site, state);
    }

    public @Nullable SiteState state(String site) {
        return states.get(site);
    }

    public @Nullable SiteSettings settings(String site) {
        return settings.get(site);
    }

    public Map<String, SiteSettings> settings() {
        return settings;
    }

    public Map<String, SiteState> states() {
        return Collections.unmodifiableMap(states);
    }

    /**
     * Judges a frame, and notes its counter where it is new.
     *
     * @param site as the way it came says; only a key of this site opens it
     */
    public Verdict judge(String site, byte[] frame, long micros) {
        SiteSettings known = settings.get(site);
        SiteState state = states.get(site);
        if (known == null || state == null) {
            return new Verdict.Refused(Verdict.Reason.UNKNOWN_SITE, "no key of this site is here");
        }
        FrameSeal.Opened opened;
        try {
            opened = FrameSeal.open(known.keys(), frame);
        } catch (FrameSeal.Refused e) {
            return new Verdict.Refused(reason(e.as()), "one that " + e.getMessage());
        }
        KeyProgress progress = state.key(opened.keyId());
        if (progress.isBehind(opened.counter())) {
            return new Verdict.Refused(
                    Verdict.Reason.TOO_OLD,
                    "frame " + opened.counter() + " of key " + opened.keyId() + ", the newest is "
                            + progress.window().highest());
        }
        if (!state.take(opened.keyId(), opened.counter(), micros)) {
            return new Verdict.Known(opened.keyId(), opened.counter());
        }
        Cost cost = state.tally(known, frame.length, micros);
        Optional<List<FrameItem>> items = FrameContent.items(codec, opened.content());
        return new Verdict.Taken(
                opened.keyId(), opened.counter(), cost, opened.content(), items.isPresent(), items.orElse(List.of()));
    }

    private static Verdict.Reason reason(FrameSeal.Refused.As as) {
        return switch (as) {
            case TOO_LONG -> Verdict.Reason.TOO_LONG;
            case TRUNCATED -> Verdict.Reason.TRUNCATED;
            case OTHER_VERSION -> Verdict.Reason.OTHER_VERSION;
            case UNKNOWN_KEY -> Verdict.Reason.UNKNOWN_KEY;
            case WRONG_KEY -> Verdict.Reason.WRONG_KEY;
        };
    }
}
