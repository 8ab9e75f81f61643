package io.penstock.sensors.file;

import io.penstock.sensors.file.TakenFiles.Seen;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.RejectLog;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import io.penstock.sensors.reading.SourceThread;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in the files that come into a folder, each once: a file is read when it has been quiet for a while, and moved away, or written
 * down as taken, when all it held is on disk. A kill before that has it read again, and its readings, known by channel and source
 * time, are kept once. A file that is broken goes to {@code rejected}, with the reason beside it.
 */
public final class WatchSource implements SensorSource {
    private static final Logger LOG = LoggerFactory.getLogger(WatchSource.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofMillis(5);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final int ROWS_TOGETHER = 200;
    /** Files looked at in one go; further ones wait for the next. */
    private static final int MOST_FILES = 10_000;

    private final WatchSettings settings;
    private final InstantSource clock;
    private final RejectLog rejects;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong files = new AtomicLong();
    private final SourceThread thread;
    private volatile String trouble = "not yet looked into";

    /** By name, and since when it has not changed; the watching thread's own. */
    private final Map<String, Quiet> quiet = new HashMap<>();

    /** Taken, and still to be moved: moving failed. */
    private final Map<Seen, Verdict> unmoved = new HashMap<>();

    /** What reading a file came to. */
    private sealed interface Verdict {
        /** All it held is on disk. */
        record Whole() implements Verdict {}

        record Broken(String reason) implements Verdict {}

        /** It was changed, taken away or we are closing: nothing is known of it. */
        record Again() implements Verdict {}
    }

    private record Quiet(Seen seen, long sinceNanos) {}

    /** One file on its way: what was handed over, and what of it is on disk. */
    private static final class Progress {
        private final List<Reading> together = new ArrayList<>();
        private long offered;
        private long saved;
        private long unusable;
        private String firstUnusable = "";

        private synchronized void saved() {
            saved++;
            notifyAll();
        }

        /** Whether all that was offered is on disk, after waiting a little. */
        private synchronized boolean isSaved(Duration wait) throws InterruptedException {
            if (saved < offered) {
                wait(wait.toMillis());
            }
            return saved >= offered;
        }

        private synchronized void offered() {
            offered++;
        }
    }

    /** @param clock gives the receive time */
    public WatchSource(WatchSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.rejects = new RejectLog(settings.name(), clock, LOG);
        this.thread = new SourceThread("watch-" + settings.name());
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void start(ReadingSink sink) {
        thread.start(() -> watch(sink));
    }

    private void watch(ReadingSink sink) {
        TakenFiles taken = null;
        while (!thread.isClosing()) {
            try {
                if (taken == null) {
                    taken = TakenFiles.open(settings.ledger(), settings.folder());
                }
                String problem = "";
                for (Seen file : complete(taken)) {
                    try {
                        take(file, taken, sink);
                    } catch (IOException e) {
                        // the others are none the worse for it; this one is tried again at each look
                        problem = "finish " + file.name() + " in " + settings.folder() + ": " + e;
                    }
                }
                say(problem);
            } catch (NoSuchFileException | NotDirectoryException e) {
                say(settings.folder() + " is no folder; make it, or mount it");
            } catch (IOException e) {
                say("look into " + settings.folder() + ": " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            thread.pause(LOOK);
        }
    }

    private void say(String now) {
        if (!now.equals(trouble) && !now.isEmpty()) {
            LOG.warn("{}: {}", settings.name(), now);
        }
        trouble = now;
    }

    /** The files that are complete and not yet taken, oldest first. */
    private List<Seen> complete(TakenFiles taken) throws IOException {
        List<Seen> complete = new ArrayList<>();
        Map<String, Quiet> now = new HashMap<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(settings.folder(), settings.pattern())) {
            for (Path file : all) {
                if (now.size() >= MOST_FILES || thread.isClosing()) {
                    break;
                }
                Seen seen = seen(file);
                if (seen == null || taken.contains(seen)) {
                    continue;
                }
                Quiet before = quiet.get(seen.name());
                Quiet still =
                        before != null && before.seen().equals(seen) ? before : new Quiet(seen, System.nanoTime());
                now.put(seen.name(), still);
                if (System.nanoTime() - still.sinceNanos() >= settings.quiet().toNanos()) {
                    complete.add(seen);
                }
            }
        }
        quiet.clear();
        quiet.putAll(now);
        complete.sort(Comparator.comparingLong(Seen::writtenMicros).thenComparing(Seen::name));
        return complete;
    }

    /** Null of what is no file to take: a folder, a link, a name that says that it is still being written. */
    private static @Nullable Seen seen(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (name.startsWith(".") || name.endsWith(".part") || name.endsWith(".tmp")) {
            return null;
        }
        try {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return is.isRegularFile()
                    ? new Seen(name, is.lastModifiedTime().to(TimeUnit.MICROSECONDS), is.size())
                    : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private void take(Seen seen, TakenFiles taken, ReadingSink sink) throws IOException, InterruptedException {
        Verdict known = unmoved.get(seen);
        Verdict verdict = known == null ? read(settings.folder().resolve(seen.name()), seen, sink) : known;
        if (verdict instanceof Verdict.Again) {
            return;
        }
        unmoved.put(seen, verdict);
        finish(seen, verdict, taken);
        unmoved.remove(seen);
    }

    private Verdict read(Path file, Seen seen, ReadingSink sink) throws IOException, InterruptedException {
        Progress progress = new Progress();
        String broken = "";
        try {
            new ReadingFile(file, settings.meaning(), clock).read((line, outcome) -> {
                piece(file, line, outcome, progress, sink);
                return !thread.isClosing();
            });
            flush(progress, sink);
        } catch (NoSuchFileException e) {
            return new Verdict.Again();
        } catch (IOException e) {
            flush(progress, sink);
            broken = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            // one file that a reader of ours trips over must not keep all later ones out
            LOG.error("{}: reading {} failed in an unforeseen way", settings.name(), file, e);
            broken = "reading it failed in an unforeseen way: " + e;
        }
        while (!thread.isClosing() && !progress.isSaved(LOOK)) {
            // a full disk may take its time: nothing is given up
            continue;
        }
        if (thread.isClosing() || !seen.equals(seen(file))) {
            return new Verdict.Again();
        }
        if (broken.isEmpty() && progress.offered == 0) {
            broken = progress.unusable == 0
                    ? "it holds no reading"
                    : "none of its " + progress.unusable + " lines is usable; " + progress.firstUnusable;
        }
        return broken.isEmpty() ? new Verdict.Whole() : new Verdict.Broken(broken);
    }

    private void piece(Path file, long line, LineOutcome outcome, Progress progress, ReadingSink sink) {
        switch (outcome) {
            case LineOutcome.Unusable(RejectReason reason, String found) -> {
                rejects.reject(file + " line " + line, reason, found);
                if (progress.unusable++ == 0) {
                    progress.firstUnusable = "line " + line + ": " + found;
                }
            }
            case LineOutcome.Readings(List<Reading> readings) -> {
                progress.together.addAll(readings);
                if (progress.together.size() >= ROWS_TOGETHER
                        || readings.stream().anyMatch(Reading.Waveform.class::isInstance)) {
                    flush(progress, sink);
                }
            }
        }
    }

    private void flush(Progress progress, ReadingSink sink) {
        if (progress.together.isEmpty()) {
            return;
        }
        Delivery delivery = new Delivery(progress.together, progress::saved);
        progress.together.clear();
        progress.offered();
        if (thread.offerUntilTaken(delivery, sink, RETRY)) {
            received.addAndGet(delivery.readings().size());
        }
    }

    private void finish(Seen seen, Verdict verdict, TakenFiles taken) throws IOException {
        Path file = settings.folder().resolve(seen.name());
        String reason = verdict instanceof Verdict.Broken(String why) ? why : "";
        switch (settings.then()) {
            case KEEP -> taken.add(seen);
            case MOVE -> {
                Path to = Files.createDirectories(settings.folder().resolve(reason.isEmpty() ? "done" : "rejected"));
                Path target = free(to, seen.name());
                if (!reason.isEmpty()) {
                    Files.writeString(
                            target.resolveSibling(target.getFileName() + ".reason.txt"),
                            seen.name() + ": " + reason + "\n");
                }
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        quiet.remove(seen.name());
        if (reason.isEmpty()) {
            files.incrementAndGet();
        } else {
            rejects.reject(file.toString(), RejectReason.SYNTAX, reason);
        }
    }

    /** A name that is not taken yet: the same file name may come again another day. */
    private static Path free(Path folder, String name) throws IOException {
        for (int n = 0; n < 10_000; n++) {
            Path path = folder.resolve(n == 0 ? name : name + "." + n);
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                return path;
            }
        }
        throw new FileAlreadyExistsException(folder.resolve(name).toString());
    }

    @Override
    public SourceHealth health() {
        SourceHealth.State state = thread.isClosing()
                ? SourceHealth.State.CLOSED
                : trouble.isEmpty() ? SourceHealth.State.RUNNING : SourceHealth.State.CONNECTING;
        return new SourceHealth(
                state,
                trouble.isEmpty() ? settings.folder() + ": " + files.get() + " files" : trouble,
                received.get(),
                rejects.counts(),
                0);
    }

    @Override
    public void close() {
        if (!thread.close(CLOSE_PATIENCE)) {
            LOG.warn("{}: closed while {} was still being read", settings.name(), settings.folder());
        }
    }
}
