package io.penstock.daemon.uplink;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A key commands come under, and what its holder may do. A line of its file: {@code ID HEX ROLE}. It is never one that frames go up
 * under: both count from 0, and one counter under one key twice gives both contents away.
 */
public record CommandKey(FrameKey key, Role role) {
    static CommandKey parse(String line) {
        String[] words = line.strip().split("\\s+");
        if (words.length != 3) {
            throw new IllegalArgumentException("found " + words.length
                    + " words, expected an id, 88 hexadecimal digits and a role: viewer, operator or owner");
        }
        return new CommandKey(FrameKey.parse(words[0] + " " + words[1]), Role.parse(words[2]));
    }

    /**
     * By id.
     *
     * @throws IOException when it cannot be read, others may read it, or a line is no key: which, what was found, what to do
     */
    public static Map<Integer, CommandKey> read(Path file) throws IOException {
        Map<Integer, CommandKey> keys = new HashMap<>();
        FrameKeys.lines(file, line -> {
            CommandKey key = parse(line);
            FrameKeys.distinct(
                    key.key(), keys.values().stream().map(CommandKey::key).toList());
            keys.put(key.key().id(), key);
        });
        return keys;
    }

    /**
     * Reads all key files a configuration names, and holds them against each other.
     *
     * @return for a person, what there is
     * @throws IOException when one is not as it must be, or a key of the one is in the other, too
     */
    public static String checked(UplinkSettings settings) throws IOException {
        List<FrameKey> up = FrameKeys.read(settings.keyFile());
        String said = up.size() + " in " + settings.keyFile();
        Path file = settings.commands().keyFile();
        if (file == null) {
            return said + ", no commands are taken";
        }
        Map<Integer, CommandKey> down = read(file);
        for (CommandKey each : down.values()) {
            for (FrameKey other : up) {
                if (other.isOneWith(each.key())) {
                    throw new IOException("the key of id " + each.key().id() + " in " + file + " is also in "
                            + settings.keyFile() + "; commands need a key of their own: 'penstock uplink key --role'");
                }
            }
        }
        Path signer = settings.commands().signerFile();
        if (signer != null) {
            CommandSigner.publicKey(signer);
        }
        return said + ", of commands " + down.size() + " in " + file;
    }
}
