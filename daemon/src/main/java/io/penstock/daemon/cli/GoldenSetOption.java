package io.penstock.daemon.cli;

import io.penstock.daemon.eval.GoldenRefused;
import io.penstock.daemon.eval.GoldenSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cases with a known answer a command asks, and how many of them. */
final class GoldenSetOption {
    @Option(names = "--set", paramLabel = "FILE", description = "A golden set of your own (default: shipped).")
    @Nullable
    Path file;

    @Option(
            names = "--cases",
            defaultValue = "120",
            description = "At most so many cases, spread evenly over the set; 0: all (default: ${DEFAULT-VALUE}).")
    int cases;

    /** The set, thinned evenly to at most so many cases. */
    GoldenSet read() throws IOException {
        GoldenSet set = whole(file);
        int size = set.cases().size();
        if (cases <= 0 || cases >= size) {
            return set;
        }
        return new GoldenSet(IntStream.range(0, cases)
                .mapToObj(i -> set.cases().get((int) ((long) i * size / cases)))
                .toList());
    }

    /**
     * All of a site's own set, or of the shipped one where there is no file.
     *
     * @throws IOException with all mistakes of the file at once
     */
    static GoldenSet whole(@Nullable Path file) throws IOException {
        if (file == null) {
            return GoldenSet.shipped();
        }
        try {
            return GoldenSet.parse(String.valueOf(file.getFileName()), Files.readString(file));
        } catch (GoldenRefused e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
