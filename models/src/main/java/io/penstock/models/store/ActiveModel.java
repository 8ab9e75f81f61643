package io.penstock.models.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Which language model the operator put in use, in {@code active.toml} beside the models: the general model of a running daemon
 * follows it, and a starting one begins with it. Replaced by a rename, so a kill leaves the one or the other.
 *
 * @param model its name; empty: the configuration's
 * @param before the one in use before, for a rollback; empty: the configuration's
 */
public record ActiveModel(String model, String before) {
    private static final String FILE = "active.toml";
    private static final int MOST_BYTES = 4_096;
    private static final Pattern NAME = Pattern.compile("([a-z0-9][a-z0-9._-]{0,99})?");

    public ActiveModel {
        if (!NAME.matcher(model).matches() || !NAME.matcher(before).matches()) {
            throw new IllegalArgumentException("\"" + model + "\" or \"" + before + "\" is no name of a model");
        }
    }

    /** The other way round. */
    public ActiveModel rolledBack() {
        return new ActiveModel(before, model);
    }

    /**
     * What was put in use; empty when nothing ever was.
     *
     * @throws IOException when the file cannot be read, or is not what we write
     */
    public static Optional<ActiveModel> read(ModelStore store) throws IOException {
        Path file = file(store);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(
                    file + " has " + Files.size(file) + " bytes; delete it and run 'penstock models use' again");
        }
        TomlParseResult parsed = Toml.parse(file);
        String model = parsed.hasErrors() ? null : parsed.getString("model");
        String before = parsed.hasErrors() ? null : parsed.getString("before");
        if (model == null || before == null) {
            throw new IOException(
                    file + " names no model and no one before it; delete it and run 'penstock models use' again");
        }
        try {
            return Optional.of(new ActiveModel(model, before));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** Puts it in use from now on. */
    public void save(ModelStore store) throws IOException {
        Path file = file(store);
        Path folder = store.folders().getFirst();
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, ".active", ".part");
        try {
            String text = "# by 'penstock models use' and 'models rollback'; \"\" is the configuration's\nmodel = \""
                    + model + "\"\nbefore = \"" + before + "\"\n";
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
                channel.force(true);
            }
            // root puts in use, the service's user reads
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static Path file(ModelStore store) {
        return store.folders().getFirst().resolve(FILE);
    }
}
