package io.penstock.daemon.uplink;

import io.penstock.daemon.store.WholeFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames as files of a folder, for a modem's driver or a USB stick: {@code KEY-COUNTER.frame}, there all at once. Whoever takes one
 * deletes it. Commands come as {@code *.down} files, in the order of their names, and are deleted when they are carried out. The folder is
 * never made: a stick that is not in is a closed link.
 */
public final class DirectoryLink implements UplinkLink {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLink.class);
    private final Path folder;
    private final boolean listens;
    private final List<Path> handedOut = new ArrayList<>();
    private final Set<Path> stuck = new HashSet<>();

    /** @param listens whether commands are taken: without it what lies there is left alone */
    public DirectoryLink(Path folder, boolean listens) {
        this.folder = folder;
        this.listens = listens;
    }

    @Override
    public String name() {
        return folder.toString();
    }

    @Override
    public boolean isOpen() {
        return Files.isDirectory(folder) && Files.isWritable(folder);
    }

    @Override
    public void send(int keyId, long counter, byte[] frame) throws IOException {
        String name = String.format(Locale.ROOT, "%03d-%012d", keyId, counter);
        Path file = folder.resolve(name + ".frame");
        try {
            // its name, too, survives a power cut: the frame is marked as sent next
            WholeFile.put(file, frame);
        } catch (IOException e) {
            if (!Files.notExists(file)) {
                throw e;
            }
            // a stick that is full, or was pulled: whoever takes frames has seen none, and a month of tries must not
            // use up the budget
            throw new NotCarried("write " + file + ": " + e, e);
        }
    }

    @Override
    public List<byte[]> received() {
        if (!listens || !isOpen()) {
            return List.of();
        }
        handedOut.clear();
        List<byte[]> all = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.down")) {
            for (Path file : found) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !stuck.contains(file)) {
                    files.add(file);
                }
            }
            files.sort(null);
            for (Path file : files.subList(0, Math.min(files.size(), MOST_RECEIVED))) {
                if (Files.size(file) > FrameSeal.LONGEST) {
                    takeAway(file);
                } else {
                    all.add(Files.readAllBytes(file));
                    handedOut.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("take commands from {}: {}", folder, e.toString());
        }
        return all;
    }

    @Override
    public void settled() {
        handedOut.forEach(this::takeAway);
        handedOut.clear();
    }

    private void takeAway(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            // it would come, and be paid, again and again
            stuck.add(file);
            LOG.warn("delete the command {}: {}; it is not read again", file, e.toString());
        }
    }
}
