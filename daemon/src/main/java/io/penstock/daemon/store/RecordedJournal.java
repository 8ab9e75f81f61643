package io.penstock.daemon.store;

import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.Pace;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import io.penstock.sensors.reading.SourceThread;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays the raw readings of another gateway's store in the order they were journalled there, with their source times and qualities,
 * and is then finished. The store is read only, a page at a time; its gateway may be running. A full sink makes it wait.
 */
public final class RecordedJournal implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(RecordedJournal.class);
    private static final byte[] SQLITE = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
    private static final Duration RETRY = Duration.ofMillis(5);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final FileSourceSettings settings;
    private final InstantSource clock;
    private final AtomicLong received = new AtomicLong();
    private final SourceThread thread;
    private final Pace pace;
    private volatile long position;
    private volatile boolean finished;
    private volatile String failure = "";

    /** @param clock gives the receive time: when they were received there is not when they were received here */
    public RecordedJournal(FileSourceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.thread = new SourceThread("replay-" + settings.name());
        this.pace = new Pace(settings.speed());
    }

    /** Whether a file is an SQLite file, by its first bytes. */
    public static boolean is(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(SQLITE.length), SQLITE);
        } catch (IOException e) {
            // one that cannot be read is no store; the file source says what is wrong with it
            return false;
        }
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
        RecordedReadings readings = new RecordedReadings(RecordedReadings.Selection.everything());
        try {
            List<Journalled> page = Database.readOnly(settings.file(), readings::next);
            while (!page.isEmpty() && !thread.isClosing()) {
                for (Journalled row : page) {
                    deliver(row, sink);
                }
                page = Database.readOnly(settings.file(), readings::next);
            }
        } catch (StoreFailed e) {
            failure = "after journal position " + position + ": " + e.getMessage();
            LOG.error("{}: {}; the replay ends here", settings.name(), failure);
        } catch (IllegalArgumentException e) {
            // another's store may hold what none of ours does; who waits for the end would wait for ever
            failure = "after journal position " + position + " is what is no reading: " + e.getMessage();
            LOG.error("{}: {}; the replay ends here", settings.name(), failure);
        }
        finished = true;
    }

    private void deliver(Journalled row, ReadingSink sink) {
        thread.pause(pace.before(row.reading().sourceMicros()));
        if (thread.offerUntilTaken(Delivery.unacknowledged(receivedNow(row.reading())), sink, RETRY)) {
            received.incrementAndGet();
            position = row.position();
        }
    }

    private Reading receivedNow(Reading reading) {
        return reading.at(reading.sourceMicros(), PlantText.micros(clock.instant()));
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = SourceHealth.State.RUNNING;
        if (thread.isClosing()) {
            state = SourceHealth.State.CLOSED;
        } else if (finished) {
            state = SourceHealth.State.FINISHED;
        }
        String where = settings.file() + " journal position " + position;
        return new SourceHealth(state, failure.isEmpty() ? where : failure, received.get(), Map.of(), 0);
    }

    @Override
    public void close() {
        if (!thread.close(CLOSE_PATIENCE)) {
            LOG.warn("{}: closed while {} was still being read", settings.name(), settings.file());
        }
    }
}
