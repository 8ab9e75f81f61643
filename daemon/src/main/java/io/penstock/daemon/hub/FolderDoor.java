package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.uplink.FrameSeal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames as files: {@code SITE/NAME.frame}, as a gateway's folder link writes them, brought by a stick, a modem's driver or a file
 * transfer that renames when it is done. A file goes when its frame is in the store; one that is refused stays beside the others as
 * {@code NAME.frame.refused}, with the reason in the log.
 */
public final class FolderDoor {
    private static final Logger LOG = LoggerFactory.getLogger(FolderDoor.class);
    private static final int TOGETHER = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path folder;
    private final @Nullable Path taken;
    private final ArrivalQueue queue;
    /** What was in the way at the last look: it is told once. */
    private String trouble = "";

    public FolderDoor(HubSettings.Folder settings, ArrivalQueue queue) {
        this.folder = settings.folder();
        this.taken = settings.taken();
        this.queue = queue;
    }

    private record Brought(String site, Path file, CompletableFuture<Verdict> verdict) {}

    /** Looks once through the folder. Returns whether there was any frame. */
    public boolean runOnce() throws InterruptedException {
        List<Brought> brought = new ArrayList<>();
        try {
            boolean all = look(brought);
            long end = System.nanoTime() + PATIENCE.toNanos();
            String inTheWay = "";
            for (Brought each : brought) {
                try {
                    settle(each, end);
                } catch (IOException e) {
                    // the others' files go all the same
                    inTheWay = e.toString();
                }
            }
            say(inTheWay);
            return !brought.isEmpty() && all && inTheWay.isEmpty();
        } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
            say(e.toString());
            return false;
        }
    }

    private void say(String what) {
        if (!what.equals(trouble) && !what.isEmpty()) {
            LOG.warn("frames of {}: {}; looked again", folder, what);
        }
        trouble = what;
    }

    /** Hands over the first frames of all sites. Returns whether there was room for all that was read. */
    private boolean look(List<Brought> brought) throws IOException, InterruptedException {
        try (DirectoryStream<Path> sites = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path site : sites) {
                try (DirectoryStream<Path> frames = Files.newDirectoryStream(site, "*.frame")) {
                    for (Path file : frames) {
                        if (brought.size() >= TOGETHER) {
                            return true;
                        }
                        Brought next = new Brought(String.valueOf(site.getFileName()), file, new CompletableFuture<>());
                        if (!queue.offer(new Arrival(next.site(), read(file), next.verdict()::complete), PATIENCE)) {
                            return false;
                        }
                        brought.add(next);
                    }
                }
            }
        }
        return true;
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(FrameSeal.LONGEST + 1);
        } catch (NoSuchFileException e) {
            // taken away since it was listed: it is judged as the empty one it is now
            return new byte[0];
        }
    }

    private void settle(Brought brought, long end) throws IOException, InterruptedException {
        Verdict verdict;
        try {
            verdict = brought.verdict().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // the store is away: the file stays, and its frame is known when it comes again
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        Path file = brought.file();
        switch (verdict) {
            case Verdict.Taken frame -> away(brought.site(), file);
            case Verdict.Known again -> away(brought.site(), file);
            case Verdict.Refused refused -> {
                if (Files.exists(file)) {
                    Files.move(
                            file,
                            file.resolveSibling(file.getFileName() + ".refused"),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private void away(String site, Path file) throws IOException {
        if (taken == null) {
            Files.deleteIfExists(file);
            return;
        }
        Path to = Files.createDirectories(taken.resolve(site)).resolve(file.getFileName());
        Files.move(file, to, StandardCopyOption.REPLACE_EXISTING);
    }
}
