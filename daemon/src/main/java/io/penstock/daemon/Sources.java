package io.penstock.daemon;

import io.penstock.daemon.health.GatewayStatus;
import io.penstock.sensors.reading.OverlappingSource;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sources that run, by name. Exchanged one by one: what has the same settings as before goes on undisturbed. A source is closed
 * before another of its name is opened, because a broker knows both by one client id; what it had not acknowledged comes again. One
 * for which nobody keeps what comes meanwhile goes on until the next reads, or for good where that is taken back before.
 */
final class Sources implements AutoCloseable {
    /**
     * A source as it is wanted.
     *
     * @param settings a value: two that are equal want the same source
     */
    record Wanted(String name, Object settings, Supplier<SensorSource> source) {
        private boolean isMetBy(Running running) {
            return running.settings().equals(settings);
        }
    }

    /** @param before whose place it takes, and may not have taken yet; null for none */
    private record Running(
            Object settings, SensorSource source, @Nullable Running before) {
        /** What reads now: where that is the one before, this one is closed. */
        Running reading() {
            return before != null && source instanceof OverlappingSource next && next.stepBack() ? before : this;
        }
    }

    private final ReadingSink sink;
    private volatile Map<String, Running> running = Map.of();

    Sources(ReadingSink sink) {
        this.sink = sink;
    }

    /** Has these run and no others. */
    void run(List<Wanted> wanted) {
        Map<String, Running> before = running;
        Map<String, Running> next = new LinkedHashMap<>();
        for (Wanted one : wanted) {
            Running now = before.get(one.name());
            if (now != null) {
                Running reading = one.isMetBy(now) ? now : now.reading();
                if (one.isMetBy(reading) || reading.source() instanceof OverlappingSource) {
                    next.put(one.name(), reading);
                }
            }
        }
        running = copy(next);
        before.forEach((name, one) -> {
            if (!next.containsKey(name)) {
                one.source().close();
            }
        });
        Map<String, Running> all = new LinkedHashMap<>();
        for (Wanted one : wanted) {
            Running now = next.get(one.name());
            all.put(one.name(), now != null && one.isMetBy(now) ? now : started(one, now));
            // known from its first moment on: a failure among the later ones must not leave it running unseen
            Map<String, Running> shown = new LinkedHashMap<>(next);
            shown.putAll(all);
            running = copy(shown);
        }
        running = copy(all);
    }

    /** @param before of the same name, which still runs; null for none */
    private Running started(Wanted wanted, @Nullable Running before) {
        SensorSource source = wanted.source().get();
        if (before == null) {
            source.start(sink);
            return new Running(wanted.settings(), source, null);
        }
        if (source instanceof OverlappingSource next && before.source() instanceof OverlappingSource last) {
            next.startBeside(last, sink);
            // whatever that one followed is long closed
            return new Running(wanted.settings(), source, new Running(before.settings(), last, null));
        }
        before.source().close();
        source.start(sink);
        return new Running(wanted.settings(), source, null);
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
