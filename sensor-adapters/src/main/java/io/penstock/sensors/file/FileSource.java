package io.penstock.sensors.file;

import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import io.penstock.sensors.reading.SourceThread;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a file, each line one delivery, and is then finished. A full sink makes it wait; nothing is left out. Lines
 * that cannot be used are counted with their number.
 */
public final class FileSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(FileSource.class);
    private static final Duration RETRY = Duration.ofMillis(5);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final FileSourceSettings settings;
    private final InstantSource clock;
    private final RejectLog rejects;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong lines = new AtomicLong();
    private final SourceThread thread;
    private final Pace pace;
    private volatile boolean finished;
    private volatile String failure = "";

    /** @param clock gives the receive time */
    public FileSource(FileSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.rejects = new RejectLog(settings.name(), clock, LOG);
        this.thread = new SourceThread("replay-" + settings.name());
        this.pace = new Pace(settings.speed());
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void start(ReadingSink sink) {
        thread.start(() -> replay(sink));
    }

    private void replay(ReadingSink sink) {
        try {
            new ReadingFile(settings.file(), settings.meaning(), clock).read((line, outcome) -> {
                lines.set(line);
                switch (outcome) {
                    case LineOutcome.Unusable(RejectReason reason, String found) -> reject(line, reason, found);
                    case LineOutcome.Readings(List<Reading> readings) -> deliver(readings, sink);
                }
                return !thread.isClosing();
            });
        } catch (IOException e) {
            failure = "read " + settings.file() + " at line " + lines.get() + ": " + e;
            LOG.error("{}: {}; the replay ends here", settings.name(), failure);
        } catch (RuntimeException e) {
            // who waits for the end of the replay would wait for ever
            failure = "reading " + settings.file() + " failed in an unforeseen way at line " + lines.get() + ": " + e;
            LOG.error("{}: {}; the replay ends here", settings.name(), failure, e);
        }
        finished = true;
    }

    private void reject(long line, RejectReason reason, String found) {
        rejects.reject(settings.file() + " line " + line, reason, found);
    }

    private void deliver(List<Reading> readings, ReadingSink sink) {
        if (readings.isEmpty()) {
            return;
        }
        thread.pause(pace.before(readings.getFirst().sourceMicros()));
        if (thread.offerUntilTaken(new Delivery(readings, () -> {}), sink, RETRY)) {
            received.addAndGet(readings.size());
        }
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = SourceHealth.State.RUNNING;
        if (finished && !thread.isClosing()) {
            state = SourceHealth.State.FINISHED;
        } else if (thread.isClosing()) {
            state = SourceHealth.State.CLOSED;
        }
        String where = settings.file() + " line " + lines.get();
        return new SourceHealth(state, failure.isEmpty() ? where : failure, received.get(), rejects.counts(), 0);
    }

    @Override
    public void close() {
        if (!thread.close(CLOSE_PATIENCE)) {
            LOG.warn("{}: closed while {} was still being read", settings.name(), settings.file());
        }
    }
}
