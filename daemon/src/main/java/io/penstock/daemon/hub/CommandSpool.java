package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameSeal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that wait for their sites, {@code SITE/KEY-COUNTER.down}, as {@code penstock uplink command ... --out} puts them there. One is handed
 * out, now and then again, until the site's receipt for it has come up; then its file goes. What it says no hub can read.
 */
public final class CommandSpool {
    private static final Logger LOG = LoggerFactory.getLogger(CommandSpool.class);
    private static final Duration AGAIN = Duration.ofHours(1);
    private static final int MOST = 16;

    private final Path folder;
    private final InstantSource clock;
    private final Map<Path, Instant> handedOut = new ConcurrentHashMap<>();

    public CommandSpool(Path folder, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** What is due for a site, one behind the other, the oldest counters first. Any thread. */
    public byte[] due(String site) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (!SiteSettings.isName(site)) {
            return all.toByteArray();
        }
        Instant now = clock.instant();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder.resolve(site), "*.down")) {
            found.forEach(files::add);
            files.sort(null);
            Path own = folder.resolve(site);
            handedOut.keySet().removeIf(file -> own.equals(file.getParent()) && !files.contains(file));
            // a site takes no counter below one it has taken: what waits for its receipt goes along, in its order
            List<Path> first = files.subList(0, Math.min(files.size(), MOST));
            if (first.stream().anyMatch(file -> isDue(file, now))) {
                for (Path file : first) {
                    byte[] command = Files.readAllBytes(file);
                    if (command.length <= FrameSeal.LONGEST) {
                        all.writeBytes(command);
                    }
                    handedOut.put(file, now);
                }
            }
        } catch (NoSuchFileException e) {
            // no command ever waited for this site
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("read the commands of {}: {}", site, e.toString());
        }
        return all.toByteArray();
    }

    private boolean isDue(Path file, Instant now) {
        Instant before = handedOut.get(file);
        return before == null || !now.isBefore(before.plus(AGAIN));
    }

    /** A site tells what became of a command. Those before it, of the same key, it takes no more: their receipts were lost, or they were. */
    public void take(ToldReceipt told) {
        FrameItem.Receipt receipt = told.receipt();
        String last = String.format(Locale.ROOT, "%03d-%012d.down", receipt.keyId(), receipt.counter());
        LOG.info(
                "site {}: command {} of key {}: {}",
                told.site(),
                receipt.counter(),
                receipt.keyId(),
                receipt.verdict().name().toLowerCase(Locale.ROOT));
        try (DirectoryStream<Path> ofKey =
                Files.newDirectoryStream(folder.resolve(told.site()), last.substring(0, 4) + "*.down")) {
            for (Path file : ofKey) {
                String name = String.valueOf(file.getFileName());
                int order = name.compareTo(last);
                if (order < 0) {
                    LOG.warn("site {}: {} had no receipt, and is not taken any more", told.site(), name);
                }
                if (order <= 0) {
                    Files.deleteIfExists(file);
                    handedOut.remove(file);
                }
            }
        } catch (NoSuchFileException e) {
            // no command ever waited for this site
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("remove the commands of {} up to {}: {}", told.site(), last, e.toString());
        }
    }
}
