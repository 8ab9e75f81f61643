package io.penstock.daemon.uplink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** The Ed25519 key pair of the one who may change the configuration, in PEM as {@code openssl genpkey -algorithm ed25519} writes it. */
public final class CommandSigner {
    private CommandSigner() {}

    /** @throws IOException when it is not there or no such key: what to do */
    public static PublicKey publicKey(Path file) throws IOException {
        try {
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(pem(file, "PUBLIC KEY")));
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "read the signer's public key from " + file + ": " + e.getMessage()
                            + "; openssl pkey -in signer.pem -pubout writes it",
                    e);
        }
    }

    /** @throws IOException when it is not there or no such key: what to do */
    public static PrivateKey privateKey(Path file) throws IOException {
        try {
            return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pem(file, "PRIVATE KEY")));
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "read the signer's key from " + file + ": it is no Ed25519 key;"
                            + " openssl genpkey -algorithm ed25519 -out signer.pem makes one",
                    e);
        }
    }

    private static byte[] pem(Path file, String what) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new IOException("read " + file + ": " + e + "; is it there and readable for us?", e);
        }
        String begin = "-----BEGIN " + what + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END " + what + "-----");
        if (from < 0 || to < from) {
            throw new IOException("read " + file + ": found no block " + begin);
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IllegalArgumentException e) {
            throw new IOException("read " + file + ": what is between " + begin + " and its end is no base64", e);
        }
    }
}
