package io.penstock.models.remote;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The SHA-256 of a certificate, or of its public key (SubjectPublicKeyInfo), which stays when the certificate is renewed for the
 * same key.
 *
 * @param sha256 64 lower-case hexadecimal digits
 */
public record Pin(String sha256) {
    private static final String PREFIX = "sha256:";

    public Pin {
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("found \"" + sha256
                    + "\", expected the 64 hexadecimal digits that 'openssl x509 -noout -fingerprint -sha256 -in FILE' or"
                    + " 'penstock serve key' prints");
        }
    }

    /** Reads digits with or without colons, and {@code sha256:} before them or not. */
    public static Pin parse(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        if (digits.startsWith(PREFIX)) {
            digits = digits.substring(PREFIX.length());
        }
        return new Pin(digits.replace(":", ""));
    }

    public static Pin ofCertificate(X509Certificate certificate) throws GeneralSecurityException {
        return of(certificate.getEncoded());
    }

    public static Pin ofKey(X509Certificate certificate) throws GeneralSecurityException {
        return of(certificate.getPublicKey().getEncoded());
    }

    boolean fits(X509Certificate certificate) throws GeneralSecurityException {
        return equals(ofCertificate(certificate)) || equals(ofKey(certificate));
    }

    private static Pin of(byte[] encoded) throws GeneralSecurityException {
        return new Pin(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded)));
    }

    @Override
    public String toString() {
        return PREFIX + sha256;
    }
}
