package io.penstock.sensors.file;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which file to replay.
 *
 * @param name unique in a gateway
 * @param file a CSV table, {@code .npy}, {@code .wav} or, when its first character is <code>{</code>, a recorded stream of JSON lines
 * @param meaning of what is in it
 * @param speed 1 for the pace of the source times, 60 for an hour in a minute; null for as fast as the sink takes it
 */
public record FileSourceSettings(
        String name,
        Path file,
        FileMeaning meaning,
        @Nullable Double speed) {
    public FileSourceSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a file source needs a name");
        }
        if (speed != null && !(speed > 0 && Double.isFinite(speed))) {
            throw new IllegalArgumentException("file source " + name + ": speed is " + speed + ", expected above 0");
        }
    }

    /** A table or JSON lines. */
    public FileSourceSettings(
            String name, Path file, String asset, Set<String> ignoredColumns, @Nullable Double speed) {
        this(name, file, FileMeaning.ofTable(asset, ignoredColumns), speed);
    }

    /** As fast as the sink takes it. */
    public static FileSourceSettings of(String name, Path file, String asset) {
        return new FileSourceSettings(name, file, asset, Set.of(), null);
    }
}
