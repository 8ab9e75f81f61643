package io.penstock.models.store;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelFile;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.manifest.ModelSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes a signed bundle in. What it is made of:
 *
 * <pre>
 *  manifest.toml       the model's manifest; every file with bytes and sha256
 *  manifest.toml.sig   Ed25519 over exactly the bytes of manifest.toml: 64 bytes, or their base64
 *  ...                 the files the manifest names
 * </pre>
 *
 * The signature is checked first, then each file's size and checksum while it is copied, then the head of a GGUF file. All this
 * happens in a folder of its own beside the models, which gets the model's name in the last step: an import that is cut leaves
 * nothing that is taken for a model, and what it leaves the next one removes.
 */
public final class ModelImport {
    static final String MANIFEST = "manifest.toml";
    static final String SIGNATURE = "manifest.toml.sig";

    private static final int MOST_MANIFEST_BYTES = 64 << 10;
    private static final int MOST_SIGNATURE_BYTES = 1 << 10;
    private static final String STAGING = ".import-";
    /** Left free beside the model. */
    private static final long SPARE_BYTES = 64L << 20;

    private final Path folder;
    private final TrustFolder trust;
    private final Catalogue catalogue;

    /** Imports into a store's first folder. */
    public ModelImport(ModelStore store) {
        this(store.folders().getFirst(), store.trust(), Catalogue.builtIn());
    }

    ModelImport(Path folder, TrustFolder trust, Catalogue catalogue) {
        this.folder = folder;
        this.trust = trust;
        this.catalogue = catalogue;
    }

    /**
     * What was taken in.
     *
     * @param signer fingerprint of the key that signed it
     */
    public record Imported(InstalledModel model, String signer) {}

    /** A manifest and whose signature it bears. */
    private record Signed(ModelManifest manifest, byte[] bytes, byte[] signature, TrustFolder.Trusted signer) {}

    /**
     * Checks a bundle and installs it.
     *
     * @param path folder, tar or zip
     * @throws ImportRefused with what is wrong; nothing is left
     * @throws IOException when the stick or the store fails; nothing is left
     */
    public Imported from(Path path) throws ImportRefused, IOException {
        Files.createDirectories(folder);
        try (FileChannel lockFile = FileChannel.open(
                        folder.resolve(STAGING + "lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                Bundle bundle = Bundle.open(path)) {
            FileLock lock = tryLock(lockFile);
            if (lock == null) {
                throw new ImportRefused("another import into " + folder + " is running; wait for it");
            }
            removeLeftOver();
            Signed signed = signed(path, bundle);
            refuseOtherThanCatalogued(signed.manifest());
            Path target = folder.resolve(signed.manifest().name());
            InstalledModel installed = new InstalledModel(signed.manifest(), target);
            if (Files.isDirectory(target)) {
                return alreadyThere(installed, signed);
            }
            Path staging = Files.createTempDirectory(folder, STAGING);
            try {
                fill(staging, bundle, signed, path);
                Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
                force(folder);
                return new Imported(installed, signed.signer().fingerprint());
            } finally {
                remove(staging);
            }
        }
    }

    /**
     * The manifest that lies in a model's folder since its import.
     *
     * @throws ImportRefused when its signature is not, or no more, of a key this node believes
     */
    static Optional<ModelManifest> imported(Path modelFolder, TrustFolder trust) throws ImportRefused, IOException {
        if (!Files.isRegularFile(modelFolder.resolve(MANIFEST))) {
            return Optional.empty();
        }
        return Optional.of(
                signed(modelFolder, new Bundle.Folder(modelFolder), trust).manifest());
    }

    private Signed signed(Path path, Bundle bundle) throws ImportRefused, IOException {
        Signed signed = signed(path, bundle, trust);
        Set<String> known = new HashSet<>(Set.of(MANIFEST, SIGNATURE));
        signed.manifest().files().forEach(file -> known.add(file.name()));
        String stranger = bundle.stranger(known);
        if (!stranger.isEmpty()) {
            throw new ImportRefused("bundle " + path + " holds " + stranger + ", which its manifest does not name");
        }
        return signed;
    }

    private static Signed signed(Path path, Bundle bundle, TrustFolder trust) throws ImportRefused, IOException {
        byte[] manifest = read(path, bundle, MANIFEST, MOST_MANIFEST_BYTES);
        byte[] signature = read(path, bundle, SIGNATURE, MOST_SIGNATURE_BYTES);
        List<TrustFolder.Trusted> keys = trust.keys();
        TrustFolder.Trusted signer = TrustFolder.signer(keys, manifest, signature)
                .orElseThrow(() -> new ImportRefused("bundle " + path + ": its signature is of none of the "
                        + keys.size() + " keys this node believes (" + trust.path()
                        + "); was it changed on its way, or does 'penstock models trust KEY' lack?"));
        try {
            ModelManifest read = ModelManifest.read(
                    new ByteArrayInputStream(manifest), path.resolve(MANIFEST).toString());
            refuseUnfit(read);
            return new Signed(read, manifest, signature, signer);
        } catch (IllegalArgumentException e) {
            throw new ImportRefused(String.valueOf(e.getMessage()), e);
        }
    }

    private static void refuseUnfit(ModelManifest manifest) throws ImportRefused {
        if (manifest.format() == ModelManifest.Format.NATIVES) {
            throw new ImportRefused("model " + manifest.name()
                    + " is a set of shared libraries; these come with Penstock or by 'models pull' alone");
        }
        if (!manifest.pinned()) {
            throw new ImportRefused("model " + manifest.name()
                    + ": its manifest leaves bytes or sha256 of a file open; a bundle's manifest must state both");
        }
        for (ModelFile file : manifest.files()) {
            if (file.name().equals(MANIFEST) || file.name().equals(SIGNATURE)) {
                throw new ImportRefused("model " + manifest.name() + " has a file named " + file.name());
            }
        }
    }

    /** A name of our catalogue stands for the model we mean by it. */
    private void refuseOtherThanCatalogued(ModelManifest manifest) throws ImportRefused {
        Optional<ModelManifest> known = catalogue.byName(manifest.name());
        if (known.isEmpty()) {
            return;
        }
        boolean same = known.get().source() instanceof ModelSource.Import
                ? known.get().format() == manifest.format()
                        && known.get().template() == manifest.template()
                        && known.get()
                                .traits()
                                .architecture()
                                .equals(manifest.traits().architecture())
                        && known.get()
                                .traits()
                                .quantization()
                                .equals(manifest.traits().quantization())
                : known.get().files().equals(manifest.files());
        if (!same) {
            throw new ImportRefused(
                    "the catalogue's " + manifest.name()
                            + " is another one (format, template, architecture, quantization or checksum differ); give the bundle's model a name of its own");
        }
    }

    private static Imported alreadyThere(InstalledModel installed, Signed signed) throws ImportRefused {
        return switch (installed.verify()) {
            case InstalledModel.Verdict.Sound sound ->
                new Imported(installed, signed.signer().fingerprint());
            case InstalledModel.Verdict.Unsound other ->
                throw new ImportRefused(installed.folder() + " holds another or a damaged "
                        + installed.manifest().name() + " (" + other.problem()
                        + "); remove the folder, or give this one a name of its own");
        };
    }

    private void fill(Path staging, Bundle bundle, Signed signed, Path path) throws ImportRefused, IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free - SPARE_BYTES < signed.manifest().bytes()) {
            throw new ImportRefused("model " + signed.manifest().name() + " needs "
                    + signed.manifest().bytes() + " bytes in " + folder + ", " + free + " are free");
        }
        for (ModelFile file : signed.manifest().files()) {
            copy(bundle, file, staging.resolve(file.name()), path);
        }
        Files.write(staging.resolve(MANIFEST), signed.bytes());
        Files.write(staging.resolve(SIGNATURE), signed.signature());
        switch (new InstalledModel(signed.manifest(), staging).verify()) {
            case InstalledModel.Verdict.Sound sound -> {
                // root imports, whatever its umask, and the service's user reads
                Files.setPosixFilePermissions(staging, PosixFilePermissions.fromString("rwxr-xr-x"));
                for (ModelFile file : signed.manifest().files()) {
                    readable(staging.resolve(file.name()));
                }
                readable(staging.resolve(MANIFEST));
                readable(staging.resolve(SIGNATURE));
                force(staging);
            }
            case InstalledModel.Verdict.Unsound unsound -> throw new ImportRefused(unsound.problem());
        }
    }

    private static void readable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** Never writes more than the manifest says. */
    private static void copy(Bundle bundle, ModelFile file, Path to, Path path) throws ImportRefused, IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        byte[] buffer = new byte[1 << 18];
        long done = 0;
        try (InputStream in = bundle.stream(file.name());
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream stream = java.nio.channels.Channels.newOutputStream(out)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                done += n;
                if (done > file.bytes()) {
                    throw new ImportRefused("bundle " + path + ": " + file.name() + " has more than the " + file.bytes()
                            + " bytes its manifest says");
                }
                digest.update(buffer, 0, n);
                stream.write(buffer, 0, n);
            }
            out.force(true);
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (done != file.bytes() || !found.equals(file.sha256())) {
            throw new ImportRefused("bundle " + path + ": " + file.name() + " has " + done + " bytes and sha256 "
                    + found + ", its manifest says " + file.bytes() + " and " + file.sha256()
                    + "; copy the bundle again");
        }
    }

    private static byte[] read(Path path, Bundle bundle, String name, int most) throws ImportRefused, IOException {
        try (InputStream in = bundle.stream(name)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new ImportRefused("bundle " + path + ": " + name + " has more than " + most + " bytes");
            }
            return bytes;
        }
    }

    /** What killed imports left; the lock is ours. */
    private void removeLeftOver() throws IOException {
        List<Path> leftOver;
        try (Stream<Path> all = Files.list(folder)) {
            leftOver = all.filter(
                            path -> String.valueOf(path.getFileName()).startsWith(STAGING) && Files.isDirectory(path))
                    .toList();
        }
        for (Path path : leftOver) {
            remove(path);
        }
    }

    private static void remove(Path staging) throws IOException {
        if (!Files.exists(staging)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(staging)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** A folder's entries on disk, so that a power cut after this does not undo them. */
    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
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
