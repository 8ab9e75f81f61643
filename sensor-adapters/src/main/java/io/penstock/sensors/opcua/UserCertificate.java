package io.penstock.sensors.opcua;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/**
 * A user's certificate and key, from DER or PEM files.
 *
 * @param key RSA, as the policies here ask for
 */
record UserCertificate(X509Certificate certificate, PrivateKey key) {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    static UserCertificate read(OpcUaAccess.Login.Certificate login) throws ServerUnreachable {
        return new UserCertificate(certificate(login.certificateFile()), key(login.keyFile()));
    }

    private static X509Certificate certificate(Path file) throws ServerUnreachable {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
        } catch (IOException | GeneralSecurityException e) {
            throw new ServerUnreachable(
                    "read the user certificate " + file + ": " + e + "; put a DER or PEM file there", e);
        }
    }

    private static PrivateKey key(Path file) throws ServerUnreachable {
        try {
            byte[] content = Files.readAllBytes(file);
            String text = new String(content, StandardCharsets.ISO_8859_1);
            int begin = text.indexOf(BEGIN);
            int end = text.indexOf(END);
            byte[] encoded = begin >= 0 && end > begin
                    ? Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end))
                    : content;
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new ServerUnreachable(
                    "read the user's key " + file + ": " + e + "; expected an RSA key in PKCS#8, without a password"
                            + " (openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem)",
                    e);
        }
    }
}
