package io.penstock.daemon.peer;

import io.penstock.models.remote.PeerTrust;
import io.penstock.models.remote.Pin;
import io.penstock.sensors.mqtt.PemIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Who we are and whom we take, towards another machine. Files are read when a context is made.
 *
 * @param pins of the other's certificate or public key; any one of them is enough
 * @param caFile PEM file with the CA of the other's certificate; null where the pins alone decide
 * @param certificateFile PEM file with our certificate; null where we show none
 * @param keyFile its private key, in any form that openssl writes
 * @param keyPasswordFile its first line opens an encrypted key
 */
public record PeerTls(
        List<Pin> pins,
        @Nullable Path caFile,
        @Nullable Path certificateFile,
        @Nullable Path keyFile,
        @Nullable Path keyPasswordFile) {
    public PeerTls {
        pins = List.copyOf(pins);
        if ((certificateFile == null) != (keyFile == null)) {
            throw new IllegalArgumentException("certificate_file and key_file go together, found only one");
        }
        if (keyPasswordFile != null && keyFile == null) {
            throw new IllegalArgumentException("key_password_file is given without key_file");
        }
    }

    /** Whether anybody can be trusted at all. */
    public boolean namesSomeone() {
        return !pins.isEmpty() || caFile != null;
    }

    /** @throws IOException with what is wrong in which file, and what to do */
    public SSLContext context(InstantSource clock) throws IOException {
        try {
            Path ca = caFile;
            List<X509Certificate> authorities = ca == null ? List.of() : PemIdentity.certificates(ca);
            Path certificate = certificateFile;
            Path key = keyFile;
            KeyManager[] ours = certificate == null || key == null
                    ? new KeyManager[0]
                    : PemIdentity.keyManagers(certificate, key, keyPasswordFile);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(ours, new TrustManager[] {new PeerTrust(pins, authorities, clock)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("prepared TLS: " + e, e);
        }
    }
}
