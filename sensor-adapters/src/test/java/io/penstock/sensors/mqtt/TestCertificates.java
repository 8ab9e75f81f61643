package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** Certificates as a test needs them: good, old, weak, for another host. */
record TestCertificates(KeyPair keys, X509Certificate certificate) {
    /** How a certificate is made; the address it is for is an IP address. */
    record Wish(String name, String address, Duration from, Duration to, String signature, int bits) {
        static Wish good(String name) {
            return new Wish(name, "127.0.0.1", Duration.ofDays(-1), Duration.ofDays(30), "SHA256withRSA", 2048);
        }

        Wish forAddress(String changed) {
            return new Wish(name, changed, from, to, signature, bits);
        }

        Wish valid(Duration changedFrom, Duration changedTo) {
            return new Wish(name, address, changedFrom, changedTo, signature, bits);
        }

        Wish signedWith(String changed) {
            return new Wish(name, address, from, to, changed, bits);
        }

        Wish ofBits(int changed) {
            return new Wish(name, address, from, to, signature, changed);
        }
    }

    static TestCertificates authority(String name) throws Exception {
        KeyPair keys = rsa(2048);
        return make(Wish.good(name), keys, keys, new X500Name("CN=" + name), true);
    }

    static TestCertificates selfSigned(Wish wish) throws Exception {
        KeyPair keys = rsa(wish.bits());
        return make(wish, keys, keys, new X500Name("CN=" + wish.name()), false);
    }

    TestCertificates issue(Wish wish) throws Exception {
        return issue(wish, rsa(wish.bits()));
    }

    TestCertificates issue(Wish wish, KeyPair forKeys) throws Exception {
        return make(
                wish,
                forKeys,
                keys,
                new X500Name(certificate.getSubjectX500Principal().getName()),
                false);
    }

    static KeyPair rsa(int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static TestCertificates make(Wish wish, KeyPair keys, KeyPair signer, X500Name issuer, boolean authority)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.plus(wish.from())),
                Date.from(now.plus(wish.to())),
                new X500Name("CN=" + wish.name()),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.iPAddress, wish.address())));
        return new TestCertificates(
                keys,
                new JcaX509CertificateConverter()
                        .getCertificate(builder.build(
                                new JcaContentSignerBuilder(wish.signature()).build(signer.getPrivate()))));
    }

    Path writeCertificate(Path file) throws IOException {
        return write(file, certificate);
    }

    Path writeKey(Path file) throws IOException {
        return write(file, new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static Path write(Path file, Object pem) throws IOException {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter writer = new JcaPEMWriter(out)) {
            writer.writeObject(pem);
        }
        return file;
    }
}
