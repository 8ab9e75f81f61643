package io.penstock.daemon.fleet;

import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.Summary;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What came from one site so far. What was not saved yet is told apart, so that a save writes only that. */
public final class SiteState {
    private final int number;
    private final Map<Integer, KeyProgress> keys = new HashMap<>(4);
    private final Map<String, MonthTally> months = new TreeMap<>();
    private final OpenCases open = new OpenCases();
    private boolean changed;

    /** @param number of the site in the store */
    public SiteState(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** Puts back what was saved. */
    public void restore(int keyId, KeyProgress progress) {
        keys.put(keyId, progress);
    }

    /** @param month as 2026-11 */
    public void restore(String month, long billed) {
        months.put(month, new MonthTally(billed));
    }

    /** A case of the store, times in microseconds since 1970. */
    public void restore(int place, int caseNumber, long openedMicros, long updatedMicros, boolean closed) {
        open.remember(place, caseNumber, Summaries.minutes(openedMicros), Summaries.minutes(updatedMicros), closed);
    }

    KeyProgress key(int keyId) {
        return keys.computeIfAbsent(keyId, unused -> new KeyProgress());
    }

    /** Takes a counter that was authenticated. Returns whether it is new. */
    boolean take(int keyId, long counter, long micros) {
        changed = true;
        return key(keyId).take(counter, micros);
    }

    /** Counts a frame that was taken. */
    Cost tally(SiteSettings settings, int frameBytes, long micros) {
        Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        MonthTally tally = months.computeIfAbsent(month(at), unused -> new MonthTally(0));
        Cost cost = tally.cost(settings.tariff(), frameBytes + settings.overheadBytes(), at);
        tally.add(cost);
        return cost;
    }

    /** A frame of the store that was taken since what was restored. */
    public void retake(int keyId, long counter, long micros, Cost cost) {
        take(keyId, counter, micros);
        Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        months.computeIfAbsent(month(at), unused -> new MonthTally(0)).add(cost);
    }

    /** Whether anything is to be saved. */
    public boolean isChanged() {
        return changed;
    }

    /** Which case a summary tells of. */
    public CaseKey caseOf(Summary summary) {
        return new CaseKey(number, summary.asset(), summary.caseNumber(), open.openedMinutes(summary));
    }

    public Map<Integer, KeyProgress> keys() {
        return Collections.unmodifiableMap(keys);
    }

    /** Tallies by month, as 2026-11. */
    public Map<String, MonthTally> months() {
        return Collections.unmodifiableMap(months);
    }

    /** Everything is saved: only the newest month goes on. */
    public void saved() {
        changed = false;
        String newest = months.isEmpty() ? "" : Collections.max(months.keySet());
        months.keySet().removeIf(month -> !month.equals(newest));
        months.replaceAll((month, tally) -> new MonthTally(tally.allBilled()));
    }

    /** When a frame last came, microseconds since 1970; 0 before the first. */
    public long heardMicros() {
        return keys.values().stream().mapToLong(KeyProgress::heardMicros).max().orElse(0);
    }

    public static String month(Instant at) {
        return YearMonth.from(at.atOffset(ZoneOffset.UTC)).toString();
    }
}
