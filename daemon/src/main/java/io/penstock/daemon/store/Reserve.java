package io.penstock.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a fixed size beside the store, held ready for the day the disk is full: to delete rows SQLite has to write its log
 * first, and giving this file up makes the room for it. Random bytes, so that no file system stores it for less.
 */
final class Reserve {
    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);
    private static final int BLOCK = 1 << 16;

    private final Path file;
    private final long size;

    Reserve(Path store, long size) {
        this.file = store.resolveSibling(store.getFileName() + ".reserve");
        this.size = size;
    }

    /** Bytes the store may grow by, so that as much as the file itself stays free for SQLite's log; unbounded where it cannot be told. */
    long growth() {
        try {
            return size <= 0 ? Long.MAX_VALUE : Math.max(0, disk().getUsableSpace() - size);
        } catch (IOException e) {
            LOG.warn("look how much room is left for {}: {}", file, e.toString());
            return Long.MAX_VALUE;
        }
    }

    private FileStore disk() throws IOException {
        return Files.getFileStore(file.toAbsolutePath().getParent());
    }

    /** Makes the file where it is missing and the disk has twice its room. */
    void hold() {
        try {
            if (held()) {
                return;
            }
            if (disk().getUsableSpace() > 2 * size) {
                fill();
            }
        } catch (IOException e) {
            LOG.warn("hold {} of {} bytes ready for a full disk: {}", file, size, e.toString());
            giveUp();
        }
    }

    /** Whether it is there, or none is wanted. */
    boolean isHeld() {
        try {
            return held();
        } catch (IOException e) {
            LOG.warn("look for {}: {}", file, e.toString());
            return false;
        }
    }

    private boolean held() throws IOException {
        return size <= 0 || (Files.exists(file) && Files.size(file) >= size);
    }

    private void fill() throws IOException {
        byte[] block = new byte[BLOCK];
        new SplittableRandom().nextBytes(block);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long left = size; left > 0; ) {
                left -= out.write(ByteBuffer.wrap(block, 0, (int) Math.min(left, BLOCK)));
            }
            out.force(true);
        }
    }

    /**
     * Makes its room free.
     *
     * @return whether there was any
     */
    boolean giveUp() {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("give up {}: {}", file, e.toString());
            return false;
        }
    }
}
