package io.penstock.sensors.file;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Which files of a folder were taken, one a line: {@code <last written, microseconds> <bytes> <name, percent-encoded>}. Written after
 * what they held is on disk, so a kill in between has a file read twice and its readings kept once; a line that a kill cut off is
 * none.
 */
final class TakenFiles {
    /** A file as it was seen. */
    record Seen(String name, long writtenMicros, long bytes) {
        String line() {
            return writtenMicros + " " + bytes + " " + URLEncoder.encode(name, StandardCharsets.UTF_8) + "\n";
        }
    }

    private final Path file;
    private final Set<Seen> taken = new HashSet<>();

    private TakenFiles(Path file) {
        this.file = file;
    }

    /** @param folder what is no longer in it need not be remembered */
    static TakenFiles open(Path file, Path folder) throws IOException {
        TakenFiles files = new TakenFiles(file);
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return files;
        }
        StringBuilder kept = new StringBuilder();
        int from = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            Seen seen = parse(text.substring(from, end));
            if (seen != null && Files.exists(folder.resolve(seen.name())) && files.taken.add(seen)) {
                kept.append(seen.line());
            }
            from = end + 1;
        }
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, kept);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return files;
    }

    private static @org.jspecify.annotations.Nullable Seen parse(String line) {
        String[] parts = line.split(" ", -1);
        if (parts.length != 3 || !parts[0].matches("-?[0-9]{1,18}") || !parts[1].matches("[0-9]{1,18}")) {
            return null;
        }
        try {
            return new Seen(
                    URLDecoder.decode(parts[2], StandardCharsets.UTF_8),
                    Long.parseLong(parts[0]),
                    Long.parseLong(parts[1]));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    boolean contains(Seen seen) {
        return taken.contains(seen);
    }

    /** When it has returned, a power cut does not forget it. */
    void add(Seen seen) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(seen.line().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        taken.add(seen);
    }
}
