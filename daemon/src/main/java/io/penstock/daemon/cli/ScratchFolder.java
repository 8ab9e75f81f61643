package io.penstock.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder of one command's own, with all that is in it gone when it is closed. */
record ScratchFolder(Path path) implements AutoCloseable {
    /** @param disk where it is made; null: where this machine has its temporary files */
    static ScratchFolder in(@Nullable Path disk, String prefix) throws IOException {
        return new ScratchFolder(
                disk == null ? Files.createTempDirectory(prefix) : Files.createTempDirectory(disk, prefix));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
