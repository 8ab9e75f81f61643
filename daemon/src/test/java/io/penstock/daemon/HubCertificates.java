package io.penstock.daemon;

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
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
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

/** A certificate for 127.0.0.1 with its key, and who issued it. */
public record HubCertificates(String name, KeyPair keys, X509Certificate certificate, X509Certificate issuer) {
    private static final AtomicLong SERIAL = new AtomicLong(1);

    public static HubCertificates authority(String name) throws Exception {
        KeyPair keys = pair();
        X509Certificate own = certificate(name, keys, name, keys, true);
        return new HubCertificates(name, keys, own, own);
    }

    public HubCertificates issue(String to) throws Exception {
        KeyPair theirs = pair();
        return new HubCertificates(to, theirs, certificate(to, theirs, name, keys, false), certificate);
    }

    private static KeyPair pair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            String of, KeyPair keys, String issuer, KeyPair signer, boolean authority) throws Exception {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuer),
                BigInteger.valueOf(SERIAL.getAndIncrement()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofHours(1))),
                new X500Name("CN=" + of),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    }

    public Path writeCertificate(Path file) throws IOException {
        return write(file, certificate);
    }

    public Path writeKey(Path file) throws IOException {
        return write(file, new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static Path write(Path file, Object pem) throws IOException {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter writer = new JcaPEMWriter(out)) {
            writer.writeObject(pem);
        }
        return file;
    }

    /** A client that trusts this one's issuer; with our certificate, or without one. */
    public SSLContext client(boolean withCertificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("issuer", issuer);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyStore ours = KeyStore.getInstance("PKCS12");
        ours.load(null, null);
        ours.setKeyEntry("ours", keys.getPrivate(), new char[0], new Certificate[] {certificate});
        KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
        key.init(ours, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(withCertificate ? key.getKeyManagers() : null, trust.getTrustManagers(), null);
        return context;
    }
}
