package io.penstock.daemon.uplink;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** A certificate with its key, for a test: an authority's, or one it issued for an address. */
record TestTls(KeyPair keys, X509Certificate certificate, X509Certificate issuer) {
    private static final char[] PASSWORD = "test".toCharArray();

    static TestTls authority(String name) throws Exception {
        KeyPair keys = made();
        X509Certificate own = certificate(name, keys, new X500Name("CN=" + name), keys, "127.0.0.1", true);
        return new TestTls(keys, own, own);
    }

    TestTls issue(String name, String address) throws Exception {
        KeyPair theirs = made();
        X500Name issuerName = new X500Name(certificate.getSubjectX500Principal().getName());
        return new TestTls(theirs, certificate(name, theirs, issuerName, keys, address, false), certificate);
    }

    private static KeyPair made() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            String name, KeyPair subject, X500Name issuer, KeyPair signer, String address, boolean authority)
            throws Exception {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(Duration.ofDays(30))),
                new X500Name("CN=" + name),
                subject.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.iPAddress, address)));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    }

    Path writeCertificate(Path file) throws IOException {
        return write(file, "CERTIFICATE", encoded());
    }

    Path writeKey(Path file) throws IOException {
        return write(file, "PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    private byte[] encoded() throws IOException {
        try {
            return certificate.getEncoded();
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IOException(e);
        }
    }

    private static Path write(Path file, String type, byte[] bytes) throws IOException {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter pem = new JcaPEMWriter(out)) {
            pem.writeObject(new PemObject(type, bytes));
        }
        return file;
    }

    /** Of a server that shows this certificate and asks for one of its issuer. */
    SSLContext server() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("ours", keys.getPrivate(), PASSWORD, new Certificate[] {certificate, issuer});
        store.setCertificateEntry("trusted", issuer);
        KeyManagerFactory ours = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        ours.init(store, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(ours.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
