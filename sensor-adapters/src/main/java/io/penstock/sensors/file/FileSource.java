package io.penstock.sensors.file;

import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a file, each line one delivery, and is then finished. A full sink makes it wait; nothing is left out. Lines
 * that cannot be used are counted with their number.
 */
public final class FileSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(FileSource.class);
    private static final long RETRY_MILLIS = 5;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final FileSourceSettings settings;
    private final InstantSource clock;
    private final RejectLog rejects;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong lines = new AtomicLong();
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    // held while the sink is called: close waits for it, and nothing is offered afterwards
    private final Object offering = new Object();
    private boolean closed;
    private @Nullable Thread replaying;
    private volatile boolean finished;
    private volatile String failure = "";
    private long firstSourceMicros;
    private long firstNanos;

    /** @param clock gives the receive time */
    public FileSource(FileSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.rejects = new RejectLog(settings.name(), clock, LOG);
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void start(ReadingSink sink) {
        synchronized (offering) {
            if (replaying != null) {
                throw new IllegalStateException("file source " + settings.name() + " was started before");
            }
            replaying = Thread.ofVirtual().name("replay-" + settings.name()).start(() -> replay(sink));
        }
    }

    private void replay(ReadingSink sink) {
        try {
            new ReadingFile(settings.file(), settings.meaning(), clock).read((line, outcome) -> {
                lines.set(line);
                switch (outcome) {
                    case LineOutcome.Unusable(RejectReason reason, String found) -> reject(line, reason, found);
                    case LineOutcome.Readings(List<Reading> readings) -> deliver(readings, sink);
                }
                return !closing.isDone();
            });
        } catch (IOException e) {
            failure = "read " + settings.file() + " at line " + lines.get() + ": " + e;
            LOG.error("{}: {}; the replay ends here", settings.name(), failure);
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
        pace(readings.getFirst().sourceMicros());
        Delivery delivery = new Delivery(readings, () -> {});
        while (!closing.isDone()) {
            if (offer(delivery, sink)) {
                received.addAndGet(readings.size());
                return;
            }
            closedWithin(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
        }
    }

    private void pace(long sourceMicros) {
        Double speed = settings.speed();
        if (speed == null) {
            return;
        }
        if (firstSourceMicros == 0) {
            firstSourceMicros = sourceMicros;
            firstNanos = System.nanoTime();
        }
        double dueNanos = (sourceMicros - firstSourceMicros) * 1_000.0 / speed;
        long wait = (long) dueNanos - (System.nanoTime() - firstNanos);
        if (wait > 0) {
            closedWithin(wait);
        }
    }

    private boolean offer(Delivery delivery, ReadingSink sink) {
        synchronized (offering) {
            return !closed && sink.offer(delivery);
        }
    }

    private void closedWithin(long nanos) {
        try {
            closing.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException notYet) {
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing.complete(null);
        }
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = SourceHealth.State.RUNNING;
        if (finished && !closing.isDone()) {
            state = SourceHealth.State.FINISHED;
        } else if (closing.isDone()) {
            state = SourceHealth.State.CLOSED;
        }
        String where = settings.file() + " line " + lines.get();
        return new SourceHealth(state, failure.isEmpty() ? where : failure, received.get(), rejects.counts(), 0);
    }

    @Override
    public void close() {
        closing.complete(null);
        Thread running;
        synchronized (offering) {
            closed = true;
            running = replaying;
        }
        if (running == null) {
            return;
        }
        try {
            if (!running.join(CLOSE_PATIENCE)) {
                LOG.warn("{}: closed while {} was still being read", settings.name(), settings.file());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
