package io.penstock.daemon.peer;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.RemoteModel;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * A model on another machine, and what it is worth just now: every now and then it answers a tiny scored question, because a machine
 * that answers a ping may still have no model.
 */
public final class Standby implements AutoCloseable {
    /** While it is down it is asked more often, so that it is known soon when it is back. */
    private static final Duration WHILE_DOWN = Duration.ofSeconds(5);

    private final StandbySettings settings;
    private final HttpWire wire;
    private final RemoteModel model;
    private final InstantSource clock;
    private volatile Standing standing = new Standing(false, Duration.ZERO, "not asked yet");
    private volatile long probes;
    private Instant asked = Instant.MIN;
    private Duration pause = Duration.ZERO;

    /**
     * How it stood when it was last asked the tiny question.
     *
     * @param took for the answer; zero without one
     * @param why it is not ready; empty when it is
     */
    public record Standing(boolean ready, Duration took, String why) {}

    /**
     * For the status.
     *
     * @param sha256 of its model; empty where nobody told
     * @param tries questions posted, the tiny ones among them
     */
    public record Status(String name, URI url, Standing standing, String sha256, long probes, HttpWire.Counts wire) {}

    public Standby(StandbySettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.wire = new HttpWire(settings.target(), () -> settings.tls().context(clock));
        this.model = new RemoteModel("standby " + settings.name(), settings.kind(), settings.model(), wire);
    }

    public String name() {
        return settings.name();
    }

    public RemoteModel model() {
        return model;
    }

    public Status status() {
        return new Status(settings.name(), settings.target().base(), standing, model.sha256(), probes, wire.counts());
    }

    /**
     * Asks the tiny question when it is time. One thread.
     *
     * @return what came of it; null when it is not time
     */
    public @Nullable Probe probe() {
        Instant now = clock.instant();
        // before the last one: the clock was set back
        if (!now.isBefore(asked) && now.isBefore(asked.plus(pause))) {
            return null;
        }
        probes = probes + 1;
        Probe probe;
        try {
            Duration took = model.probe(settings.probeWithin());
            probe = new Probe.Ready(took);
            standing = new Standing(true, took, "");
        } catch (ModelUnavailable e) {
            probe = new Probe.Down(e);
            standing = new Standing(false, Duration.ZERO, String.valueOf(e.getMessage()));
        }
        pause = probe instanceof Probe.Down && settings.probeEvery().compareTo(WHILE_DOWN) > 0
                ? WHILE_DOWN
                : settings.probeEvery();
        asked = clock.instant();
        return probe;
    }

    /** What came of the tiny question. */
    public sealed interface Probe {
        record Ready(Duration took) implements Probe {}

        record Down(ModelUnavailable why) implements Probe {}
    }

    @Override
    public void close() {
        model.close();
    }
}
