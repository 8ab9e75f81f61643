package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigWrong;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock detect}: a score and a flag for every row of a table, strictly causal, by the live detectors. */
@Command(
        name = "detect",
        description = {
            "Finds anomalies in a table: CSV in, one row 'timestamp,score,flag' out for each row in.",
            "The first column is the timestamp, every other numeric column a channel. Separator , or ; is found by itself.",
            "Strictly causal: what is said of a row depends on no later row.",
            "What was not taken as it stands (no number, beyond belief, not later) is told on standard error."
        })
public final class DetectCommand implements Callable<Integer> {
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int CONFIG_WRONG = 3;
    private static final int NOTHING_FOUND = 4;

    @Option(
            names = "--asset",
            paramLabel = "A.toml",
            description = "The machine's file: channels with range and limits.")
    private @Nullable Path asset;

    @Option(
            names = "--fit-rows",
            paramLabel = "N",
            description = "The first N rows are the healthy baseline (10 to 100000). Default: learns by itself.")
    private @Nullable Integer fitRows;

    @Option(names = "--ignore", paramLabel = "COL", split = ",", description = "Columns that are no channels.")
    private List<String> ignore = List.of();

    @Option(names = "--out", paramLabel = "OUT.csv", description = "Where to write; default: standard output.")
    private @Nullable Path out;

    @Option(names = "--in-dir", paramLabel = "D", description = "Every .csv below this folder.")
    private @Nullable Path inDir;

    @Option(names = "--out-dir", paramLabel = "E", description = "Where to write them, under the same relative paths.")
    private @Nullable Path outDir;

    @Parameters(index = "0", arity = "0..1", paramLabel = "IN.csv", description = "The table.")
    private @Nullable Path in;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        if ((in == null) == (inDir == null) || (inDir == null) != (outDir == null) || (inDir != null && out != null)) {
            throw new ParameterException(
                    spec.commandLine(), "give IN.csv (with --out OUT.csv), or --in-dir D with --out-dir E");
        }
        if (fitRows != null && (fitRows < 10 || fitRows > 100_000)) {
            throw new ParameterException(spec.commandLine(), "--fit-rows is " + fitRows + ", expected 10 to 100000");
        }
        Asset machine = null;
        if (asset != null) {
            try {
                machine = AssetFile.read(asset);
            } catch (ConfigWrong e) {
                return says(CONFIG_WRONG, e.getMessage());
            } catch (IOException e) {
                return says(CONFIG_WRONG, "read asset file " + asset + ": " + reason(e));
            }
        }
        Set<String> ignored = new HashSet<>();
        ignore.forEach(name -> ignored.add(name.strip()));
        OfflineDetection detection =
                new OfflineDetection(machine, fitRows == null ? OptionalInt.empty() : OptionalInt.of(fitRows), ignored);
        if (inDir != null && outDir != null) {
            return folder(detection, inDir, outDir);
        }
        return in != null && one(detection, in, out) ? DONE : FAILED;
    }

    private int folder(OfflineDetection detection, Path from, Path to) {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(from)) {
            files = walk.filter(p -> p.toString().endsWith(".csv") && Files.isRegularFile(p))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return says(FAILED, "list " + from + ": " + e.getMessage());
        }
        if (files.isEmpty()) {
            return says(NOTHING_FOUND, "looked for .csv files below " + from + ": found none");
        }
        int exit = DONE;
        for (Path file : files) {
            // one bad file does not cost the others
            if (!one(detection, file, to.resolve(from.relativize(file).toString()))) {
                exit = FAILED;
            }
        }
        return exit;
    }

    private boolean one(OfflineDetection detection, Path from, @Nullable Path to) {
        try (BufferedReader reader = Files.newBufferedReader(from, StandardCharsets.UTF_8)) {
            if (to == null) {
                PrintWriter console = spec.commandLine().getOut();
                List<String> doubts = detection.run(reader, console);
                console.flush();
                doubts.forEach(doubt -> says(DONE, from + ": " + doubt));
                return true;
            }
            write(detection, reader, to).forEach(doubt -> says(DONE, from + ": " + doubt));
            return true;
        } catch (BadTable e) {
            says(FAILED, from + ", " + e.getMessage());
            return false;
        } catch (IOException e) {
            says(FAILED, "read " + from + (to == null ? "" : " and write " + to) + ": " + reason(e));
            return false;
        }
    }

    /** The result appears whole or not at all. */
    private static List<String> write(OfflineDetection detection, BufferedReader reader, Path to)
            throws IOException, BadTable {
        Path folder = to.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            List<String> doubts;
            try (Writer writer = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
                doubts = detection.run(reader, writer);
            }
            try {
                Files.move(part, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
            }
            return doubts;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e.getMessage());
    }

    /** Says it on standard error, and answers the exit code. */
    private int says(int exit, @Nullable String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("penstock detect: " + message);
        err.flush();
        return exit;
    }
}
