package io.penstock.daemon.commission;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A folder beside the store, {@code <store>.orders} or {@code <store>.config}: the command line puts {@code <id>.order} in whole, by a rename; the daemon carries it out, saves
 * what came of it, writes {@code <id>.answer} and removes the order, in this sequence: a kill between them repeats an order, and
 * every order may be repeated. Authority is the file system's: who may write into the folder may give orders.
 */
public final class OrderFolder {
    private static final String ORDER = ".order";
    private static final String ANSWER = ".answer";
    private static final int MOST_AT_ONCE = 16;
    private static final int MOST_BYTES = 1_024;
    private static final long ANSWER_KEPT_MILLIS = 3_600_000;

    private final Path folder;

    /** What lies in the folder: an order, or why it is none. */
    public sealed interface Found {
        Path file();

        /** The file's owner as the file system tells it. */
        String owner();

        /** An order to carry out. */
        record Order(Path file, String owner, io.penstock.daemon.commission.Order order) implements Found {}

        /** A file that is no order. */
        record Refused(Path file, String owner, String reason) implements Found {}
    }

    private OrderFolder(Path folder) {
        this.folder = folder;
    }

    /** The folder that belongs to a store. */
    public static OrderFolder of(Path store) {
        return new OrderFolder(store.resolveSibling(store.getFileName() + ".orders"));
    }

    /** The folder of orders about the configuration of the daemon on a store; beside it lies the last good one. */
    public static OrderFolder ofConfig(Path store) {
        return new OrderFolder(store.resolveSibling(store.getFileName() + ".config"));
    }

    public Path path() {
        return folder;
    }

    // ---- the daemon's side

    /** Makes the folder where it is missing. */
    public void create() throws IOException {
        Files.createDirectories(folder);
    }

    /** The orders that wait, at most 16, oldest name first; removes answers nobody came for within an hour. */
    public List<Found> waiting(long nowMillis) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.{order,answer}")) {
            for (Path file : all) {
                if (file.toString().endsWith(ORDER)) {
                    files.add(file);
                } else if (nowMillis - Files.getLastModifiedTime(file).toMillis() > ANSWER_KEPT_MILLIS) {
                    Files.deleteIfExists(file);
                }
            }
        }
        files.sort(null);
        List<Found> found = new ArrayList<>();
        for (Path file : files.subList(0, Math.min(files.size(), MOST_AT_ONCE))) {
            try {
                found.add(read(file));
            } catch (NoSuchFileException e) {
                // withdrawn while we looked
            }
        }
        return found;
    }

    private static Found read(Path file) throws IOException {
        String owner = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName();
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MOST_BYTES) {
            return new Found.Refused(file, owner, "it is no plain file of at most " + MOST_BYTES + " bytes");
        }
        try {
            return new Found.Order(file, owner, io.penstock.daemon.commission.Order.parse(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            return new Found.Refused(file, owner, String.valueOf(e.getMessage()));
        } catch (java.nio.file.AccessDeniedException | java.nio.charset.CharacterCodingException e) {
            return new Found.Refused(file, owner, "it cannot be read: " + e);
        }
    }

    /** Says what became of it, and removes it. */
    public void answer(Found found, String text) throws IOException {
        String name = found.file().getFileName().toString();
        put(name.substring(0, name.length() - ORDER.length()) + ANSWER, text);
        Files.deleteIfExists(found.file());
    }

    // ---- the command line's side

    /**
     * Gives an order.
     *
     * @return its id
     * @throws IOException when there is no folder (no daemon has run on this store), or one may not write there
     */
    public String submit(Order order) throws IOException {
        String id = UUID.randomUUID().toString();
        put(id + ORDER, order.text());
        return id;
    }

    /** The answer, which is then removed; empty where there is none yet. */
    public Optional<String> takeAnswer(String id) throws IOException {
        Path file = folder.resolve(id + ANSWER);
        try {
            String text = Files.readString(file);
            Files.deleteIfExists(file);
            return Optional.of(text);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Takes an order back; false where the daemon has already carried it out. */
    public boolean withdraw(String id) throws IOException {
        return Files.deleteIfExists(folder.resolve(id + ORDER));
    }

    /** A file appears whole or not at all, readable by the other side whoever that runs as: nothing in it is secret. */
    private void put(String name, String text) throws IOException {
        Path part = folder.resolve(name + ".part");
        Files.write(part, text.getBytes(StandardCharsets.UTF_8));
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
        }
        Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
