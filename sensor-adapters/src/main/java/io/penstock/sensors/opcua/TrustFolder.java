package io.penstock.sensors.opcua;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Period;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.security.DefaultClientCertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateQuarantine;
import org.eclipse.milo.opcua.stack.core.security.MemoryTrustListManager;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateBuilder;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateGenerator;

/**
 * Certificates on disk, laid out as OPC UA's own tools do:
 *
 * <pre>
 * own/client.p12        our key and certificate, made at first use; mode 600, no password: the folder guards it
 * own/client.der        its certificate, for the server's list of trusted clients
 * trusted/certs/        the servers we trust (DER or PEM): copied here by a person
 * rejected/certs/       servers we met and did not trust, named by SHA-256; the newest 20
 * </pre>
 */
final class TrustFolder {
    static final String APPLICATION_URI = "urn:penstock:gateway";
    private static final char[] NO_PASSWORD = new char[0];
    private static final String ALIAS = "client";
    private static final int MOST_REJECTED = 20;
    private static final int MOST_TRUSTED = 1000;

    record Identity(KeyPair keyPair, X509Certificate certificate) {}

    private final Path folder;

    TrustFolder(Path folder) {
        this.folder = folder;
    }

    Identity identity() throws ServerUnreachable {
        Path file = folder.resolve("own").resolve("client.p12");
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, NO_PASSWORD);
            }
            if (store.getKey(ALIAS, NO_PASSWORD) instanceof PrivateKey key
                    && store.getCertificate(ALIAS) instanceof X509Certificate certificate) {
                Path exported = file.resolveSibling("client.der");
                if (!Files.exists(exported)) {
                    writeWhole(exported, certificate.getEncoded());
                }
                return new Identity(new KeyPair(certificate.getPublicKey(), key), certificate);
            }
            throw new ServerUnreachable("read our OPC UA key from " + file + ", found none under the name '" + ALIAS
                    + "'; remove the file, a new one is made");
        } catch (ServerUnreachable e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new ServerUnreachable("read our OPC UA key from " + file + ": " + e, e);
        }
    }

    private static void make(Path file) throws IOException, GeneralSecurityException {
        Path own = file.resolveSibling("");
        Files.createDirectories(own);
        KeyPair pair = SelfSignedCertificateGenerator.generateRsaKeyPair(2048);
        String host = InetAddress.getLoopbackAddress().getHostName();
        X509Certificate certificate = selfSigned(pair, host);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(ALIAS, pair.getPrivate(), NO_PASSWORD, new Certificate[] {certificate});
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        store.store(encoded, NO_PASSWORD);
        writeWhole(file, encoded.toByteArray());
    }

    /** Under its name only when whole: a kill in between must not leave half a key. Readable by its owner alone. */
    private static void writeWhole(Path file, byte[] content) throws IOException {
        Path half = Files.createTempFile(
                file.resolveSibling(""),
                "new",
                ".half",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(half, content);
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static X509Certificate selfSigned(KeyPair pair, String host) throws GeneralSecurityException {
        try {
            return new SelfSignedCertificateBuilder(pair)
                    .setCommonName("Penstock gateway")
                    .setOrganization("Penstock")
                    .setApplicationUri(APPLICATION_URI)
                    .addDnsName(host)
                    .setValidityPeriod(Period.ofYears(10))
                    .build();
        } catch (GeneralSecurityException e) {
            throw e;
        } catch (Exception e) {
            // the builder declares no narrower type
            throw new GeneralSecurityException("made a certificate for the gateway", e);
        }
    }

    /** Trusts what lies in the folder now. */
    DefaultClientCertificateValidator validator() throws ServerUnreachable {
        MemoryTrustListManager trusted = new MemoryTrustListManager();
        for (X509Certificate certificate : trusted()) {
            trusted.addTrustedCertificate(certificate);
        }
        return new DefaultClientCertificateValidator(trusted, new MemoryCertificateQuarantine());
    }

    private List<X509Certificate> trusted() throws ServerUnreachable {
        Path certs = folder.resolve("trusted").resolve("certs");
        List<X509Certificate> found = new ArrayList<>();
        try {
            Files.createDirectories(certs);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(certs)) {
                for (Path file : files) {
                    if (found.size() >= MOST_TRUSTED) {
                        throw new ServerUnreachable(
                                "read " + certs + ", found more than " + MOST_TRUSTED + " files; leave those in use");
                    }
                    try (InputStream in = Files.newInputStream(file)) {
                        found.add((X509Certificate)
                                CertificateFactory.getInstance("X.509").generateCertificate(in));
                    } catch (GeneralSecurityException e) {
                        throw new ServerUnreachable(
                                "read the trusted certificate " + file + ": " + e + "; put a DER or PEM file there", e);
                    }
                }
            }
        } catch (ServerUnreachable e) {
            throw e;
        } catch (IOException e) {
            throw new ServerUnreachable("read the trusted certificates in " + certs + ": " + e, e);
        }
        return found;
    }

    /**
     * Checks a server's certificate; one that is not trusted is kept for a person to look at.
     *
     * @throws ServerUnreachable when it is not trusted, with what to do
     */
    void check(X509Certificate server) throws ServerUnreachable {
        List<X509Certificate> trusted = trusted();
        try {
            if (trusted.isEmpty()) {
                throw new UaException(
                        org.eclipse.milo.opcua.stack.core.StatusCodes.Bad_CertificateUntrusted,
                        "no certificate is trusted yet");
            }
            validator().validateCertificateChain(List.of(server), null, null);
        } catch (UaException e) {
            throw new ServerUnreachable(
                    "checked the server's certificate: " + e.getMessage() + "; if it is the right server, move "
                            + keepRejected(server) + " to "
                            + folder.resolve("trusted").resolve("certs"),
                    e);
        }
    }

    private Path keepRejected(X509Certificate certificate) throws ServerUnreachable {
        Path rejected = folder.resolve("rejected").resolve("certs");
        try {
            byte[] encoded = certificate.getEncoded();
            String name = HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(encoded)) + ".der";
            Files.createDirectories(rejected);
            Path file = rejected.resolve(name);
            if (!Files.exists(file)) {
                dropOldest(rejected);
                Files.write(file, encoded);
            }
            return file;
        } catch (IOException | GeneralSecurityException e) {
            throw new ServerUnreachable("kept an untrusted certificate in " + rejected + ": " + e, e);
        }
    }

    private static void dropOldest(Path rejected) throws IOException {
        List<Path> kept = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(rejected, "*.der")) {
            files.forEach(kept::add);
        }
        if (kept.size() < MOST_REJECTED) {
            return;
        }
        Path oldest = kept.getFirst();
        for (Path file : kept) {
            if (Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(oldest)) < 0) {
                oldest = file;
            }
        }
        Files.delete(oldest);
    }
}
