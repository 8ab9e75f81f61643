package io.penstock.models.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The keys whose signatures this node believes: one Ed25519 public key a file, as PEM ({@code openssl pkey -pubout}), named by the first
 * 16 digits of its fingerprint.
 *
 * @param path of the folder; it need not exist
 */
public record TrustFolder(Path path) {
    private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String END = "-----END PUBLIC KEY-----";
    private static final int MOST_PEM_BYTES = 4_096;
    private static final int SIGNATURE_BYTES = 64;

    /**
     * A believed key.
     *
     * @param fingerprint SHA-256 of its encoded form (SubjectPublicKeyInfo), lower-case hexadecimal
     */
    public record Trusted(String fingerprint, PublicKey key) {
        /** How a person tells it from another. */
        public String shortName() {
            return fingerprint.substring(0, 16);
        }
    }

    /**
     * All believed keys.
     *
     * @throws IOException when the folder cannot be read, or holds what is no key
     */
    public List<Trusted> keys() throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        List<Trusted> keys = new ArrayList<>();
        try (Stream<Path> files = Files.list(path)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".pem")).sorted().toList()) {
                keys.add(read(file));
            }
        } catch (ImportRefused e) {
            throw new IOException(e.getMessage(), e);
        }
        return keys;
    }

    /**
     * Believes a key from now on.
     *
     * @throws ImportRefused when the file holds no Ed25519 public key
     */
    public Trusted add(Path pem) throws ImportRefused, IOException {
        Trusted key = read(pem);
        if (Files.notExists(path)) {
            Files.createDirectories(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path part = Files.createTempFile(path, "key", ".part");
        Files.writeString(
                part,
                BEGIN + "\n" + Base64.getEncoder().encodeToString(key.key().getEncoded()) + "\n" + END + "\n");
        // root trusts, whatever its umask, and the service's user reads
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(part, path.resolve(key.shortName() + ".pem"), StandardCopyOption.ATOMIC_MOVE);
        return key;
    }

    /**
     * Believes it no more.
     *
     * @param shortName the beginning of its fingerprint, 8 digits or more
     * @return whether there was one
     */
    public boolean remove(String shortName) throws IOException {
        boolean removed = false;
        for (Trusted key : keys()) {
            if (shortName.length() >= 8 && key.fingerprint().startsWith(shortName)) {
                removed |= Files.deleteIfExists(path.resolve(key.shortName() + ".pem"));
            }
        }
        return removed;
    }

    /**
     * Whose signature this is; empty when it is nobody's we believe.
     *
     * @param keys believed
     * @param signature 64 bytes, or their base64
     */
    static Optional<Trusted> signer(List<Trusted> keys, byte[] signed, byte[] signature) {
        byte[] raw = signature;
        if (signature.length != SIGNATURE_BYTES) {
            try {
                raw = Base64.getDecoder().decode(new String(signature, StandardCharsets.US_ASCII).strip());
            } catch (IllegalArgumentException noBase64) {
                return Optional.empty();
            }
        }
        for (Trusted key : keys) {
            try {
                Signature check = Signature.getInstance("Ed25519");
                check.initVerify(key.key());
                check.update(signed);
                if (raw.length == SIGNATURE_BYTES && check.verify(raw)) {
                    return Optional.of(key);
                }
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            } catch (GeneralSecurityException malformed) {
                // a signature that is none fits no key; a key that is no point of its curve must not stand before the
                // others
            }
        }
        return Optional.empty();
    }

    private static Trusted read(Path pem) throws ImportRefused, IOException {
        if (Files.size(pem) > MOST_PEM_BYTES) {
            throw refused(pem, "it has " + Files.size(pem) + " bytes");
        }
        String text = Files.readString(pem, StandardCharsets.ISO_8859_1);
        if (text.contains("PRIVATE KEY")) {
            throw refused(pem, "it is a private key, which belongs to its owner alone");
        }
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw refused(pem, "it has no " + BEGIN);
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
            PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return new Trusted(HexFormat.of().formatHex(sha256.digest(key.getEncoded())), key);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refused(pem, "it is no Ed25519 key (" + e.getMessage() + ")");
        }
    }

    private static ImportRefused refused(Path pem, String why) {
        return new ImportRefused("key " + pem + ": " + why
                + "; expected an Ed25519 public key as PEM, as 'openssl pkey -in KEY -pubout' writes it");
    }
}
