package io.penstock.models.worker;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The class path of the worker's process: of ours, the libraries whose classes it names. Of every jar it would otherwise search, it
 * keeps the list of contents in its heap: 4 MB of sixty jars.
 */
final class WorkerClassPath {
    private static final List<String> LIBRARIES =
            List.of("penstock-models", "jackson-annotations", "jackson-core", "jackson-databind", "onnxruntime");

    private WorkerClassPath() {}

    /**
     * What of a class path the worker needs, in the same order: folders of classes, and those libraries; all of it where one of them
     * is not found by its name.
     */
    static String of(String whole) {
        List<String> kept = new ArrayList<>();
        List<String> missing = new ArrayList<>(LIBRARIES);
        boolean folders = false;
        for (String entry : whole.split(Pattern.quote(File.pathSeparator))) {
            String name = entry.substring(entry.lastIndexOf('/') + 1);
            if (!name.endsWith(".jar")) {
                kept.add(entry);
                folders = true;
            } else if (LIBRARIES.stream().anyMatch(library -> isOf(library, name))) {
                kept.add(entry);
                missing.removeIf(library -> isOf(library, name));
            }
        }
        // run from a build's folders, our own classes are in one of them
        missing.removeIf(folders ? "penstock-models"::equals : library -> false);
        return missing.isEmpty() ? String.join(File.pathSeparator, kept) : whole;
    }

    private static boolean isOf(String library, String jar) {
        return jar.startsWith(library) && jar.substring(library.length()).matches("(-[0-9].*)?\\.jar");
    }
}
