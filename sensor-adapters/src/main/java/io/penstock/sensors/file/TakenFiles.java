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
import java.util.LinkedHashMap;
import java.util.Map;

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

    /** Lines beyond twice the files that are there: then what is gone is forgotten, or the memory would fill over the months. */
    static final int MOST_GONE = 1_000;

    private final Path file;
    private final Path folder;
    /** By name: a file that was written anew takes the place of what it was. */
    private final Map<String, Seen> taken = new LinkedHashMap<>();

    private int lines;
    private int present;

    private TakenFiles(Path file, Path folder) {
        this.file = file;
        this.folder = folder;
    }

    /** @param folder what is no longer in it need not be remembered */
    static TakenFiles open(Path file, Path folder) throws IOException {
        TakenFiles files = new TakenFiles(file, folder);
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return files;
        }
        int from = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            Seen seen = parse(text.substring(from, end));
            if (seen != null) {
                files.taken.put(seen.name(), seen);
            }
            from = end + 1;
        }
        files.forgetGone();
        return files;
    }

    private void forgetGone() throws IOException {
        taken.keySet().removeIf(name -> !Files.exists(folder.resolve(name)));
        StringBuilder kept = new StringBuilder();
        taken.values().forEach(seen -> kept.append(seen.line()));
        Path part = file.resolveSibling(file.getFileName() + ".part");
        write(part, kept.toString(), StandardOpenOption.TRUNCATE_EXISTING);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        present = taken.size();
        lines = present;
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
        return seen.equals(taken.get(seen.name()));
    }

    /** When it has returned, a power cut does not forget it. */
    void add(Seen seen) throws IOException {
        write(file, seen.line(), StandardOpenOption.APPEND);
        taken.put(seen.name(), seen);
        lines++;
        if (lines >= 2 * present + MOST_GONE) {
            forgetGone();
        }
    }

    private static void write(Path to, String text, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }
}
