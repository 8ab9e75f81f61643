package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/** A certificate with its private key, and certificates to trust, in PEM files. */
public final class PemIdentity {
    private static final char[] IN_MEMORY = "in memory only".toCharArray();

    private PemIdentity() {}

    /**
     * Our key for TLS, in memory.
     *
     * @throws LinkDown with what is wrong and what to do
     */
    public static KeyManager[] keyManagers(Path certificateFile, Path keyFile, @Nullable Path passwordFile)
            throws IOException, GeneralSecurityException {
        Certificate[] chain = certificates(certificateFile).toArray(X509Certificate[]::new);
        var key = PemKey.read(keyFile, passwordFile);
        if (!PemKey.fits(key, chain[0].getPublicKey())) {
            throw new LinkDown("read our key from " + keyFile + ": it does not belong to the first certificate of "
                    + certificateFile + "; name the pair that was issued together");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("ours", key, IN_MEMORY, chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, IN_MEMORY);
        return keys.getKeyManagers();
    }

    /**
     * All certificates of a file, in its order; at least one.
     *
     * @throws LinkDown with what is wrong and what to do
     */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> all =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (all.isEmpty() || !all.stream().allMatch(X509Certificate.class::isInstance)) {
                throw new LinkDown("read certificates from " + file + ": found none; put PEM blocks"
                        + " (-----BEGIN CERTIFICATE-----) in it");
            }
            return all.stream().map(X509Certificate.class::cast).toList();
        } catch (LinkDown e) {
            throw e;
        } catch (IOException e) {
            throw new LinkDown("read certificates from " + file + ": " + e + "; is it there and readable for us?", e);
        } catch (GeneralSecurityException e) {
            throw new LinkDown(
                    "read certificates from " + file + ": " + e.getMessage() + "; put PEM blocks"
                            + " (-----BEGIN CERTIFICATE-----) in it",
                    e);
        }
    }
}
