package io.penstock.daemon.uplink;

import io.penstock.daemon.store.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counters that were used, in a file beside the store: a store that was put back from a backup, or begun anew, must not use a
 * counter again, because two frames under one counter give their content away (AES-GCM). {@code KEY NEXT}, a key a line; replaced
 * by a rename. A store that moves to another machine takes this file along, or both ends get a new key.
 */
public final class FrameCounter {
    private final Path file;

    private FrameCounter(Path file) {
        this.file = file;
    }

    /** Of frames that go up. */
    static FrameCounter beside(Path store) {
        return new FrameCounter(store.resolveSibling(store.getFileName() + ".uplink-counters"));
    }

    /** Of commands that were taken: none is taken a second time, even where the store begins anew. */
    static FrameCounter heardBeside(Path store) {
        return new FrameCounter(store.resolveSibling(store.getFileName() + ".uplink-heard"));
    }

    /** Of commands that were made with a key file: the hub's side. */
    public static FrameCounter ofCommands(Path keyFile) {
        return new FrameCounter(keyFile.resolveSibling(keyFile.getFileName() + ".counters"));
    }

    /** The least counter that was never used, as far as this file knows. */
    public long least(int keyId) throws IOException {
        return all().getOrDefault(keyId, 0L);
    }

    /** Notes it, on the disk, before it is used. */
    public void use(int keyId, long counter) throws IOException {
        Map<Integer, Long> all = all();
        all.merge(keyId, counter + 1, Math::max);
        StringBuilder text = new StringBuilder();
        all.forEach((key, next) ->
                text.append(key).append(' ').append(next.longValue()).append('\n'));
        WholeFile.put(file, text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private Map<Integer, Long> all() throws IOException {
        Map<Integer, Long> all = new TreeMap<>();
        if (!Files.exists(file)) {
            return all;
        }
        for (String line : Files.readAllLines(file)) {
            if (!line.matches("\\d{1,3} \\d{1,18}")) {
                throw new IOException("read the counters in " + file + ": found '" + line
                        + "'; give both ends a new key of a new id, then delete the file");
            }
            int space = line.indexOf(' ');
            all.put(Integer.valueOf(line.substring(0, space)), Long.valueOf(line.substring(space + 1)));
        }
        return all;
    }
}
