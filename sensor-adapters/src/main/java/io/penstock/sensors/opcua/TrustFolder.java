package io.penstock.sensors.opcua;

import io.penstock.sensors.reading.MachineClock;
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
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.security.DefaultClientCertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateQuarantine;
import org.eclipse.milo.opcua.stack.core.security.MemoryTrustListManager;
import org.eclipse.milo.opcua.stack.core.util.EndpointUtil;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateBuilder;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateGenerator;
import org.eclipse.milo.opcua.stack.core.util.validation.CertificateValidationUtil;

/**
 * Certificates on disk, laid out as OPC UA's own tools do:
 *
 * <pre>
 * own/client.p12        our key and certificate, made at first use; mode 600, no password: the folder guards it
 * own/client.der        its certificate, for the server's list of trusted clients
 * trusted/certs/        the servers we trust (DER or PEM): moved here by {@code penstock opcua trust}, or copied
 * rejected/certs/       servers we met and did not trust, named by SHA-256; the newest 20
 * *.from                beside a certificate: where and when we met it, one line
 * </pre>
 */
public final class TrustFolder {
    static final String APPLICATION_URI = "urn:penstock:gateway";
    private static final char[] NO_PASSWORD = new char[0];
    private static final String ALIAS = "client";
    private static final int MOST_REJECTED = 20;
    private static final int MOST_TRUSTED = 1000;

    private static final String ORIGIN = ".from";
    /** Kinds of a subject's alternative names, RFC 5280, 4.2.1.6. */
    private static final int DNS_NAME = 2;

    private static final int ADDRESS = 7;

    record Identity(KeyPair keyPair, X509Certificate certificate) {}

    private final Path folder;

    public TrustFolder(Path folder) {
        this.folder = folder;
    }

    /** What a certificate in the folder is to us. */
    public enum State {
        OWN,
        TRUSTED,
        REJECTED
    }

    /**
     * A certificate in the folder.
     *
     * @param thumbprint SHA-1 of the certificate in hexadecimal, as OPC UA's own tools show it
     * @param subject plant text
     * @param origin the source and address it came from and when; empty for one that a person copied here
     */
    public record Entry(
            State state,
            String thumbprint,
            String subject,
            Instant validFrom,
            Instant validUntil,
            String origin,
            Path file) {}

    /** Everything that lies in the folder: our own, then trusted, then rejected ones. */
    public List<Entry> entries() throws ServerUnreachable {
        List<Entry> entries = new ArrayList<>();
        Path own = folder.resolve("own").resolve("client.der");
        if (Files.exists(own)) {
            entries.add(entry(State.OWN, own, read(own)));
        }
        for (State state : List.of(State.TRUSTED, State.REJECTED)) {
            for (Path file : files(place(state))) {
                entries.add(entry(state, file, read(file)));
            }
        }
        return entries;
    }

    private Path place(State state) {
        return folder.resolve(state == State.TRUSTED ? "trusted" : "rejected").resolve("certs");
    }

    private static Entry entry(State state, Path file, X509Certificate certificate) throws ServerUnreachable {
        Path origin = origin(file);
        try {
            return new Entry(
                    state,
                    thumbprint(certificate),
                    certificate.getSubjectX500Principal().getName(),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant(),
                    Files.exists(origin) ? Files.readString(origin).strip() : "",
                    file);
        } catch (IOException e) {
            throw new ServerUnreachable("read " + origin + ": " + e, e);
        }
    }

    private static Path origin(Path certificate) {
        return certificate.resolveSibling(certificate.getFileName() + ORIGIN);
    }

    /**
     * Moves a certificate between the trusted and the rejected ones.
     *
     * @param to what it becomes
     * @return where it lies now
     */
    public Path move(Entry entry, State to) throws ServerUnreachable {
        Path target = place(to).resolve(entry.file().getFileName());
        try {
            Files.createDirectories(target.resolveSibling(""));
            Path origin = origin(entry.file());
            if (Files.exists(origin)) {
                Files.move(origin, origin(target), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(entry.file(), target, StandardCopyOption.REPLACE_EXISTING);
            return target;
        } catch (IOException e) {
            throw new ServerUnreachable(
                    "moved " + entry.file() + " to " + target + ": " + e + "; run it as root or as the daemon's user",
                    e);
        }
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
        for (Path file : files(place(State.TRUSTED))) {
            trusted.addTrustedCertificate(read(file));
        }
        return new DefaultClientCertificateValidator(trusted, new MemoryCertificateQuarantine());
    }

    private static List<Path> files(Path certs) throws ServerUnreachable {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(certs)) {
            return found;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(certs, file -> !file.toString().endsWith(ORIGIN))) {
            for (Path file : files) {
                if (found.size() >= MOST_TRUSTED) {
                    throw new ServerUnreachable(
                            "read " + certs + ", found more than " + MOST_TRUSTED + " files; leave those in use");
                }
                found.add(file);
            }
        } catch (ServerUnreachable e) {
            throw e;
        } catch (IOException e) {
            throw new ServerUnreachable("read the certificates in " + certs + ": " + e, e);
        }
        found.sort(null);
        return found;
    }

    private static X509Certificate read(Path file) throws ServerUnreachable {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (IOException | GeneralSecurityException e) {
            throw new ServerUnreachable("read the certificate " + file + ": " + e + "; put a DER or PEM file there", e);
        }
    }

    /**
     * Checks a server's certificate; one that is not trusted is kept for a person to look at.
     *
     * @param origin the source that met it, for that person
     * @throws ServerUnreachable when it must not be used, in one line with what to do
     */
    void check(X509Certificate server, String origin, OpcUaAccess access, Instant now) throws ServerUnreachable {
        String name = server.getSubjectX500Principal().getName();
        Instant from = server.getNotBefore().toInstant();
        Instant until = server.getNotAfter().toInstant();
        String validity = now.isAfter(until)
                ? "expired at " + until
                : now.isBefore(from) ? "is valid from " + from + " only, and " + MachineClock.cause(now) : "";
        try {
            if (files(place(State.TRUSTED)).isEmpty()) {
                throw new UaException(StatusCodes.Bad_CertificateUntrusted, "no certificate is trusted yet");
            }
            validator().validateCertificateChain(List.of(server), null, null);
        } catch (UaException e) {
            boolean selfSigned = server.getSubjectX500Principal().equals(server.getIssuerX500Principal());
            Path kept = keepRejected(server, origin + ", " + access.endpoint() + ", " + now);
            throw new ServerUnreachable(
                    "the server's certificate '" + name + "' ("
                            + (selfSigned ? "self-signed" : "issued by '" + server.getIssuerX500Principal() + "'")
                            + (validity.isEmpty() ? "" : ", " + validity)
                            + ") is not trusted; if its thumbprint " + thumbprint(server)
                            + " is what the server's engineer says: penstock opcua trust "
                            + thumbprint(server).substring(0, 12) + " (it lies in " + kept + ")",
                    e);
        }
        if (!validity.isEmpty()) {
            throw new ServerUnreachable("the server's certificate '" + name + "' " + validity
                    + (now.isAfter(until)
                            ? ", and this machine's clock says " + now
                                    + "; renew the certificate on the server, or set the clock"
                            : ""));
        }
        if (access.verifyHost()) {
            checkHost(server, name, access.endpoint());
        }
    }

    private static void checkHost(X509Certificate server, String name, String endpoint) throws ServerUnreachable {
        String host = EndpointUtil.getHost(endpoint);
        try {
            CertificateValidationUtil.checkHostnameOrIpAddress(server, host);
        } catch (UaException e) {
            throw new ServerUnreachable(
                    "the server's certificate '" + name + "' is not made for the host " + host + ", it names "
                            + namedHosts(server)
                            + "; use one of these in endpoint, or set verify_host = false if you trust the certificate"
                            + " wherever it is",
                    e);
        }
    }

    private static List<Object> namedHosts(X509Certificate server) {
        try {
            Collection<List<?>> names = server.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name ->
                                    name.get(0) instanceof Integer type && (type == DNS_NAME || type == ADDRESS))
                            .<Object>map(name -> name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of("names that cannot be read");
        }
    }

    /** Whether a certificate that was good is still among the trusted ones. */
    boolean stillTrusts(X509Certificate server) throws ServerUnreachable {
        try {
            validator().validateCertificateChain(List.of(server), null, null);
            return true;
        } catch (UaException e) {
            return false;
        }
    }

    private Path keepRejected(X509Certificate certificate, String origin) throws ServerUnreachable {
        Path rejected = place(State.REJECTED);
        try {
            byte[] encoded = certificate.getEncoded();
            Path file = rejected.resolve(digest("SHA-256", encoded) + ".der");
            Files.createDirectories(rejected);
            Files.createDirectories(place(State.TRUSTED));
            if (!Files.exists(file)) {
                dropOldest(rejected);
                Files.writeString(origin(file), origin + "\n");
                Files.write(file, encoded);
            }
            return file;
        } catch (IOException | GeneralSecurityException e) {
            throw new ServerUnreachable("kept an untrusted certificate in " + rejected + ": " + e, e);
        }
    }

    private static String thumbprint(X509Certificate certificate) {
        try {
            return digest("SHA-1", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was read cannot be encoded", e);
        }
    }

    private static String digest(String algorithm, byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
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
        Files.deleteIfExists(origin(oldest));
    }
}
