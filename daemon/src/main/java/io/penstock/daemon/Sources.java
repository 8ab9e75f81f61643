package io.penstock.daemon;

import io.penstock.daemon.health.GatewayStatus;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The sources that run, by name. Exchanged one by one: what has the same settings as before goes on undisturbed. A source is closed
 * before another of its name is opened, because a broker knows both by one client id; what it had not acknowledged comes again.
 */
final class Sources implements AutoCloseable {
    /**
     * A source as it is wanted.
     *
     * @param settings a value: two that are equal want the same source
     */
    record Wanted(String name, Object settings, Supplier<SensorSource> source) {}

    private record Running(Object settings, SensorSource source) {}

    private final ReadingSink sink;
    private volatile Map<String, Running> running = Map.of();

    Sources(ReadingSink sink) {
        this.sink = sink;
    }

    /** Has these run and no others. */
    void run(List<Wanted> wanted) {
        Map<String, Running> next = new LinkedHashMap<>();
        for (Wanted one : wanted) {
            Running now = running.get(one.name());
            if (now != null && now.settings().equals(one.settings())) {
                next.put(one.name(), now);
            }
        }
        Map<String, Running> before = running;
        running = copy(next);
        before.forEach((name, source) -> {
            if (next.get(name) != source) {
                source.source().close();
            }
        });
        Map<String, Running> all = new LinkedHashMap<>();
        for (Wanted one : wanted) {
            Running kept = next.get(one.name());
            if (kept == null) {
                kept = new Running(one.settings(), one.source().get());
                kept.source().start(sink);
            }
            all.put(one.name(), kept);
            // known from its first moment on: a failure among the later ones must not leave it running unseen
            Map<String, Running> shown = new LinkedHashMap<>(next);
            shown.putAll(all);
            running = copy(shown);
        }
        running = copy(all);
    }

    private static Map<String, Running> copy(Map<String, Running> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    List<GatewayStatus.Source> health() {
        List<GatewayStatus.Source> all = new ArrayList<>();
        running.forEach((name, one) -> all.add(new GatewayStatus.Source(
                name, one.source().health(), one.source().troubles())));
        return all;
    }

    boolean finished() {
        return running.values().stream().allMatch(one -> one.source().health().state() == SourceHealth.State.FINISHED);
    }

    @Override
    public void close() {
        RuntimeException first = null;
        for (Running one : running.values()) {
            try {
                one.source().close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
