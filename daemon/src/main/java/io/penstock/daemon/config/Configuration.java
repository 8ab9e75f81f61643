package io.penstock.daemon.config;

import io.penstock.daemon.route.Routes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one reading of a configuration gave: its texts as they were at that moment, and what they mean. Passwords are in none of
 * them, only the names of the files that hold them.
 *
 * @param file {@code penstock.toml}, absolute
 * @param texts of that file, of the asset files, of their own symptom matrices and of the routes file, by absolute path
 */
public record Configuration(Path file, Map<Path, String> texts, GatewaySettings settings, Routes routes) {
    private static final int SHORT = 12;

    public Configuration {
        texts = Map.copyOf(texts);
    }

    /** SHA-256 over all texts with their paths, in hexadecimal: two configurations with the same one are the same. */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new TreeMap<>(texts).forEach((path, text) -> {
                digest.update((path + "\0" + text.length() + "\0").getBytes(StandardCharsets.UTF_8));
                digest.update(text.getBytes(StandardCharsets.UTF_8));
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The first digits of the fingerprint, for people. */
    public String mark() {
        return fingerprint().substring(0, SHORT);
    }
}
