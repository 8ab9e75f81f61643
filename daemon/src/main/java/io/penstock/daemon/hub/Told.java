package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.CaseKey;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.NodeHealth;
import io.penstock.daemon.uplink.Summary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the frames of a batch tell, the newest word on each thing alone. */
final class Told {
    private final long receivedMicros;
    private final Map<CaseKey, FleetCase> cases = new HashMap<>();
    private final Map<Integer, Health> healths = new HashMap<>();
    private final Map<PartKey, FrameItem.SheetPart> parts = new HashMap<>();
    private final List<ToldReceipt> receipts = new ArrayList<>();

    /** Which part of which sheet. */
    record PartKey(int site, int place, int number, int version, int part) {}

    /** How a gateway is, and the frame that tells it. */
    record Health(int keyId, long counter, NodeHealth health) {
        boolean isNewerThan(Health other) {
            return keyId != other.keyId || counter >= other.counter;
        }
    }

    Told(long receivedMicros) {
        this.receivedMicros = receivedMicros;
    }

    void take(SiteSettings site, SiteState state, Verdict.Taken frame) {
        for (FrameItem item : frame.items()) {
            switch (item) {
                case FrameItem.Told(Summary summary) -> {
                    FleetCase told =
                            FleetCase.of(site, state.caseOf(summary), summary, frame.counter(), receivedMicros);
                    cases.merge(told.key(), told, (before, later) -> later.isNewerThan(before) ? later : before);
                }
                case FrameItem.Health(NodeHealth health) ->
                    healths.merge(
                            state.number(),
                            new Health(frame.keyId(), frame.counter(), health),
                            (before, later) -> later.isNewerThan(before) ? later : before);
                case FrameItem.SheetPart part ->
                    parts.put(
                            new PartKey(state.number(), part.asset(), part.caseNumber(), part.version(), part.part()),
                            part);
                case FrameItem.Receipt receipt -> receipts.add(new ToldReceipt(site.name(), receipt));
                // of a newer version: the frame's content is kept
                case FrameItem.Unknown unknown -> {}
            }
        }
    }

    Collection<FleetCase> cases() {
        return cases.values();
    }

    /** By the site's number. */
    Map<Integer, Health> healths() {
        return healths;
    }

    Map<PartKey, FrameItem.SheetPart> parts() {
        return parts;
    }

    List<ToldReceipt> receipts() {
        return receipts;
    }
}
