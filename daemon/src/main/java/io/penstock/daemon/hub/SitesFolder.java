package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.SiteSettings;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sites' folder: {@code SITE.keys} as both ends have it, and {@code SITE.toml} where more is known. Looked at again and again, so
 * that a new site or a new key needs no restart. A file that is wrong is told; the site stays as it was before, or is not there yet.
 */
public final class SitesFolder {
    private static final Logger LOG = LoggerFactory.getLogger(SitesFolder.class);
    private static final String KEYS = ".keys";

    /** Reads one site's files. */
    @FunctionalInterface
    public interface Reader {
        /**
         * @param keys the key file
         * @param more the other file, which need not be there
         * @throws IOException with everything that is wrong
         */
        SiteSettings read(String site, Path keys, Path more) throws IOException;
    }

    /** What a file looked like. */
    private record Seen(Object keys, Object more) {}

    private final Path folder;
    private final Reader reader;
    private final Map<String, Seen> seen = new HashMap<>();
    private volatile Map<String, SiteSettings> sites = Map.of();
    private volatile Map<String, String> wrong = Map.of();

    public SitesFolder(Path folder, Reader reader) {
        this.folder = folder;
        this.reader = reader;
    }

    /** The sites that are known now: the same map until something has changed. */
    public Map<String, SiteSettings> sites() {
        return sites;
    }

    /** What is wrong, by site. */
    public Map<String, String> wrong() {
        return wrong;
    }

    /**
     * Looks through the folder. Returns whether something has changed.
     *
     * @throws IOException when the folder itself cannot be read; what was known stays
     */
    public boolean look() throws IOException {
        Map<String, SiteSettings> now = new HashMap<>();
        Map<String, String> problems = new HashMap<>();
        boolean changed = false;
        for (String name : names()) {
            Path keys = folder.resolve(name + KEYS);
            Path more = folder.resolve(name + ".toml");
            Seen looks = new Seen(looks(keys), looks(more));
            SiteSettings before = sites.get(name);
            String trouble = wrong.get(name);
            if (looks.equals(seen.put(name, looks))) {
                if (trouble != null) {
                    problems.put(name, trouble);
                }
            } else {
                changed = true;
                try {
                    before = reader.read(name, keys, more);
                } catch (IOException e) {
                    problems.put(name, String.valueOf(e.getMessage()));
                    LOG.warn("site {}: {}", name, e.getMessage());
                }
            }
            if (before != null) {
                now.put(name, before);
            }
        }
        changed |= seen.keySet().retainAll(names(now, problems));
        if (changed || now.size() != sites.size()) {
            sites = now;
            wrong = problems;
            return true;
        }
        return false;
    }

    private static Set<String> names(Map<String, SiteSettings> now, Map<String, String> problems) {
        Set<String> names = new HashSet<>(now.keySet());
        names.addAll(problems.keySet());
        return names;
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + KEYS)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                names.add(name.substring(0, name.length() - KEYS.length()));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    private static Object looks(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
