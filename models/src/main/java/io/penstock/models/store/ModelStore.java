package io.penstock.models.store;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.manifest.ModelSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders models lie in: {@code <folder>/<model name>/<file>}. The first folder is the one we write to; the others
 * are only read. Two processes may pull at once: a lock file a model makes the second wait and then find it done.
 */
public final class ModelStore {
    /** System property and environment variable: folders separated by the path separator, searched first. */
    public static final String FOLDERS_SETTING = "PENSTOCK_MODELS";

    private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);
    private static final Path SYSTEM_FOLDER = Path.of("/usr/share/penstock/models");
    private static final long LOCK_LOOK_MILLIS = 200;

    private final List<Path> folders;
    private final Fetcher fetcher;

    /**
     * A store over these folders.
     *
     * @param folders searched in this order; pulled models go to the first
     */
    public ModelStore(List<Path> folders) {
        this(folders, new Fetcher());
    }

    ModelStore(List<Path> folders, Fetcher fetcher) {
        if (folders.isEmpty()) {
            throw new IllegalArgumentException("a model store needs a folder");
        }
        this.folders = folders.stream().map(Path::toAbsolutePath).toList();
        this.fetcher = fetcher;
    }

    /** The store of this machine and user: PENSTOCK_MODELS, the XDG cache folder, /usr/share/penstock/models. */
    public static ModelStore standard() {
        return new ModelStore(standardFolders(
                System.getProperty(FOLDERS_SETTING), System.getenv(), System.getProperty("user.home", "/")));
    }

    static List<Path> standardFolders(@Nullable String property, Map<String, String> environment, String home) {
        List<Path> folders = new ArrayList<>();
        String configured = property != null ? property : environment.get(FOLDERS_SETTING);
        if (configured != null) {
            for (String folder : configured.split(java.io.File.pathSeparator, -1)) {
                if (!folder.isBlank()) {
                    folders.add(Path.of(folder));
                }
            }
        }
        String cache = environment.get("XDG_CACHE_HOME");
        // the XDG rule: a relative path there is to be ignored
        Path base = cache != null && cache.startsWith("/") ? Path.of(cache) : Path.of(home, ".cache");
        folders.add(base.resolve("penstock").resolve("models"));
        folders.add(SYSTEM_FOLDER);
        return folders;
    }

    /** The folders, in the order searched. */
    public List<Path> folders() {
        return folders;
    }

    /** The keys whose signatures are believed. */
    public TrustFolder trust() {
        return new TrustFolder(folders.getFirst().resolve(".trust"));
    }

    /** The catalogue with the models imported here; one whose signer is not believed any more is left out, and said. */
    public Catalogue catalogue() {
        List<ModelManifest> imported = new ArrayList<>();
        for (Path folder : folders) {
            for (Path model : inside(folder)) {
                try {
                    ModelImport.imported(model, trust())
                            .filter(manifest -> model.endsWith(manifest.name()))
                            .ifPresent(imported::add);
                } catch (ImportRefused | IOException e) {
                    LOG.warn("{} is left out: {}", model, e.getMessage());
                }
            }
        }
        return Catalogue.builtIn().with(imported);
    }

    private static List<Path> inside(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> !String.valueOf(path.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            LOG.warn("look for models in {}: {}", folder, e.toString());
            return List.of();
        }
    }

    /** The model where it lies complete, judged by names and sizes; checksums are {@link InstalledModel#verify}'s. */
    public Optional<InstalledModel> find(ModelManifest manifest) {
        if (!manifest.pinned() && manifest.source() instanceof ModelSource.Import) {
            // whatever lies there came without a signature
            return Optional.empty();
        }
        return folders.stream()
                .map(folder -> new InstalledModel(manifest, folder.resolve(manifest.name())))
                .filter(InstalledModel::complete)
                .findFirst();
    }

    /**
     * The model, unpacked from the class path when that is where it comes from; touches no network.
     *
     * @throws PullFailed when it is not here, with how to get it
     */
    public InstalledModel locate(ModelManifest manifest) throws PullFailed {
        Optional<InstalledModel> found = find(manifest);
        if (found.isPresent()) {
            return found.get();
        }
        if (manifest.source() instanceof ModelSource.ClassPath) {
            return pull(manifest, PullProgress.SILENT);
        }
        throw new PullFailed("model " + manifest.name() + " is in none of " + folders + "; run: penstock models "
                + (manifest.source() instanceof ModelSource.Import ? "import BUNDLE" : "pull " + manifest.name()));
    }

    /**
     * Brings the model here unless it is here, by the package's ordinary client. What was finished before a cut is kept.
     *
     * @throws PullFailed with what was tried, what was found, and how to bring it by hand
     */
    public InstalledModel pull(ModelManifest manifest, PullProgress progress) throws PullFailed {
        Optional<InstalledModel> found = find(manifest);
        if (found.isPresent()) {
            return found.get();
        }
        Path folder = folders.getFirst().resolve(manifest.name());
        Path lockFile = folders.getFirst().resolve("." + manifest.name() + ".lock");
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = waitForLock(channel)) {
                InstalledModel model = new InstalledModel(manifest, folder);
                if (lock.isValid() && !model.complete()) {
                    fetcher.fetch(manifest, folder, progress);
                }
                return model;
            }
        } catch (IOException e) {
            throw new PullFailed(
                    "writing model " + manifest.name() + " to " + folder + " failed (" + e
                            + "); free space there or set " + FOLDERS_SETTING + " to a folder that can be written",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PullFailed("pulling model " + manifest.name() + " was interrupted; run it again", e);
        }
    }

    /** Another process holds it through the operating system, another thread of ours by an exception. */
    private static FileLock waitForLock(FileChannel channel) throws IOException, InterruptedException {
        while (true) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                return lock;
            }
            Thread.sleep(LOCK_LOOK_MILLIS);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }
}
