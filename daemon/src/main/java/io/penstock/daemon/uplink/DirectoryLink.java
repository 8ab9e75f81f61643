package io.penstock.daemon.uplink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Frames as files of a folder, for a modem's driver or a USB stick: {@code KEY-COUNTER.frame}, there all at once. Whoever takes one
 * deletes it. The folder is never made: a stick that is not in is a closed link.
 */
public final class DirectoryLink implements UplinkLink {
    private final Path folder;

    public DirectoryLink(Path folder) {
        this.folder = folder;
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
        Path making = folder.resolve("." + name + ".part");
        try (FileChannel out = FileChannel.open(
                making, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(frame);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(making, folder.resolve(name + ".frame"), StandardCopyOption.ATOMIC_MOVE);
        // the name, too, is to survive a power cut: the frame is marked as sent next
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void close() {}
}
