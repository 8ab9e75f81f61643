package io.penstock.daemon.hub;

import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.SummaryCodec;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sealed commands that wait for sites: {@code SITE/KEY-COUNTER.down}, as {@code penstock uplink command} puts them there. Each is handed to its site with an answer, once an hour until the site's receipt for it has come, which deletes it.
 * Whoever asks in a site's name gets what only the site can read; only a receipt that the site has sealed takes anything away. Any thread.
 */
public final class OutTray {
    private static final Logger LOG = LoggerFactory.getLogger(OutTray.class);
    private static final Pattern SITE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");
    private static final Duration AGAIN = Duration.ofHours(1);
    private static final int MOST_IN_ANSWER = 8;

    private final @Nullable Path folder;
    private final InstantSource clock;
    private final SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
    private final Map<Path, Instant> handed = new ConcurrentHashMap<>();

    /** @param folder holds a folder for each site that has commands; null: there are none */
    public OutTray(@Nullable Path folder, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** Null where nothing can wait for the site: its name came over the network. */
    private @Nullable Path of(String site) {
        Path own = folder == null || !SITE.matcher(site).matches() ? null : folder.resolve(site);
        return own != null && Files.isDirectory(own) ? own : null;
    }

    /** What is due for a site, in the order of their names; then it is not due for an hour. */
    List<byte[]> due(String site) {
        Path own = of(site);
        if (own == null) {
            return List.of();
        }
        Instant now = clock.instant();
        List<Path> files = new ArrayList<>();
        List<byte[]> due = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(own, "*.down")) {
            found.forEach(files::add);
            files.sort(null);
            handed.keySet().removeIf(file -> own.equals(file.getParent()) && !files.contains(file));
            for (Path file : files) {
                Instant last = handed.get(file);
                if (due.size() < MOST_IN_ANSWER
                        && (last == null || !now.isBefore(last.plus(AGAIN)))
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && Files.size(file) <= FrameSeal.LONGEST) {
                    due.add(Files.readAllBytes(file));
                    handed.put(file, now);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("commands for site {}: {}", site, e.toString());
        }
        return due;
    }

    /** Deletes the commands for which a site's frame holds a receipt. */
    void settle(String site, byte[] content) {
        Path own = of(site);
        if (own == null) {
            return;
        }
        for (FrameItem item : FrameContent.items(codec, content).orElse(List.of())) {
            if (item instanceof FrameItem.Receipt(int keyId, long counter, FrameItem.Verdict verdict)) {
                Path file = own.resolve(String.format(Locale.ROOT, "%03d-%012d.down", keyId, counter));
                try {
                    if (Files.deleteIfExists(file)) {
                        handed.remove(file);
                        LOG.info("site {}: command {}-{}: {}", site, keyId, counter, verdict);
                    }
                } catch (IOException e) {
                    LOG.warn("take away the command {}: {}", file, e.toString());
                }
            }
        }
    }
}
