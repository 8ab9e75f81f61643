package io.penstock.daemon.uplink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The file of keys both ends have: a key a line, the last one seals; the others still open what is under way. */
public final class FrameKeys {
    private FrameKeys() {}

    /**
     * @throws IOException when it cannot be read, others may read it, or a line is no key: which, what was found, what to do
     */
    public static List<FrameKey> read(Path file) throws IOException {
        Map<Integer, FrameKey> keys = new LinkedHashMap<>();
        lines(file, line -> {
            FrameKey key = FrameKey.parse(line);
            distinct(key, keys.values());
            keys.put(key.id(), key);
        });
        return List.copyOf(keys.values());
    }

    /**
     * Each id has a key of its own: its counter begins anew, and one counter under one key twice gives both contents away; and who may
     * use the one would have the role of the other.
     */
    static void distinct(FrameKey key, Collection<FrameKey> before) {
        for (FrameKey other : before) {
            if (other.id() == key.id()) {
                throw new IllegalArgumentException("a second key of id " + key.id());
            }
            if (other.isOneWith(key)) {
                throw new IllegalArgumentException("the key of id " + key.id() + " is that of id " + other.id()
                        + "; a new id needs a new key: 'penstock uplink key' makes one");
            }
        }
    }

    /**
     * Hands over each line that holds a key.
     *
     * @param each throws {@link IllegalArgumentException} where it is none
     */
    static void lines(Path file, Consumer<String> each) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IOException("read the key file " + file + ": "
                    + (Files.exists(file)
                            ? System.getProperty("user.name") + " may not; chown it to the service's user"
                            : "it is not there; 'penstock uplink key' prints a line for it, chmod 600 " + file));
        }
        Set<PosixFilePermission> may = Files.getPosixFilePermissions(file);
        if (may.contains(PosixFilePermission.OTHERS_READ)) {
            throw new IOException("read the key file " + file + ": everybody may read it; chmod o-rwx " + file);
        }
        int number = 0;
        int keys = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                each.accept(line);
                keys++;
            } catch (IllegalArgumentException e) {
                throw new IOException("read the key file " + file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        if (keys == 0) {
            throw new IOException("read the key file " + file + ": it holds no key; 'penstock uplink key' makes one");
        }
    }
}
