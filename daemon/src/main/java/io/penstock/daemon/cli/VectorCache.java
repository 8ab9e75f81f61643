package io.penstock.daemon.cli;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Vectors of a routes file's texts, kept on disk from one command to the next: a hundred samples cost a second to embed. One file
 * a model; losing it costs that second, so a damaged or unwritable file is passed over.
 *
 * <pre>
 * vectors-&lt;first 16 hex digits of the model's sha256&gt;.bin, big-endian:
 *   "PSVC" int version=1 int count, then count times: 32 bytes sha256 of the text, int width, width floats
 * </pre>
 */
final class VectorCache implements TextEmbedder {
    private static final int MAGIC = 0x50535643;
    private static final int VERSION = 1;
    private static final int MOST_ENTRIES = 20_000;
    private static final int MOST_NUMBERS = 4_096;

    private final TextEmbedder embedder;
    private final Path file;
    private final Map<String, float[]> vectors = new LinkedHashMap<>();
    private boolean grown;

    VectorCache(TextEmbedder embedder, Path folder, String modelSha256) {
        this.embedder = embedder;
        this.file = folder.resolve("vectors-" + modelSha256.substring(0, Math.min(16, modelSha256.length())) + ".bin");
        read();
    }

    @Override
    public float[] embed(String text, Duration deadline) throws ModelUnavailable {
        String key = HexFormat.of().formatHex(sha256(text));
        float @Nullable [] known = vectors.get(key);
        if (known != null) {
            return known.clone();
        }
        float[] vector = embedder.embed(text, deadline);
        if (vectors.size() >= MOST_ENTRIES) {
            vectors.remove(vectors.keySet().iterator().next());
        }
        vectors.put(key, vector.clone());
        grown = true;
        return vector;
    }

    /** Writes what is new. The embedder behind stays open: it is its owner's. */
    @Override
    public void close() {
        if (!grown) {
            return;
        }
        grown = false;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), "vectors", ".new");
            try {
                write(fresh);
                Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            // the next command embeds anew: slower, not wrong
            vectors.clear();
        }
    }

    private void read() {
        if (!Files.isReadable(file)) {
            return;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC || in.readInt() != VERSION) {
                return;
            }
            int count = Math.min(in.readInt(), MOST_ENTRIES);
            for (int n = 0; n < count; n++) {
                byte[] key = in.readNBytes(32);
                int width = in.readInt();
                if (key.length < 32 || width < 1 || width > MOST_NUMBERS) {
                    throw new IOException("damaged");
                }
                float[] vector = new float[width];
                for (int i = 0; i < width; i++) {
                    vector[i] = in.readFloat();
                }
                vectors.put(HexFormat.of().formatHex(key), vector);
            }
        } catch (IOException e) {
            vectors.clear();
        }
    }

    private void write(Path to) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeInt(vectors.size());
            for (Map.Entry<String, float[]> entry : vectors.entrySet()) {
                out.write(HexFormat.of().parseHex(entry.getKey()));
                out.writeInt(entry.getValue().length);
                for (float number : entry.getValue()) {
                    out.writeFloat(number);
                }
            }
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
