package io.penstock.daemon.peer;

import io.penstock.models.remote.Pin;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A key for mutual TLS with a certificate that vouches for itself, to be pinned at the other end: EC on P-256, for both sides of a
 * connection.
 *
 * @param certificate of the hosts asked for
 */
public record PeerKey(KeyPair keys, X509Certificate certificate) {
    private static final Set<String> FILE_ENDS = Set.of(".key", ".crt");

    /**
     * A new one.
     *
     * @param hosts names and IP addresses under which the machine is reached; at least one
     */
    public static PeerKey make(List<String> hosts, Instant now, int days) throws GeneralSecurityException, IOException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair keys = generator.generateKeyPair();
        var name = new X500NameBuilder().addRDN(BCStyle.CN, hosts.getFirst()).build();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(127, new SecureRandom()),
                // a clock a little behind must not refuse it
                Date.from(now.minus(1, ChronoUnit.HOURS)),
                Date.from(now.plus(days, ChronoUnit.DAYS)),
                name,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
            KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
        }));
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(hosts.stream().map(PeerKey::name).toArray(GeneralName[]::new)));
        try {
            return new PeerKey(
                    keys,
                    new JcaX509CertificateConverter()
                            .getCertificate(builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static GeneralName name(String host) {
        boolean address = host.matches("\\d{1,3}(\\.\\d{1,3}){3}") || host.indexOf(':') >= 0;
        return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host);
    }

    public Pin pin() throws GeneralSecurityException {
        return Pin.ofCertificate(certificate);
    }

    /**
     * Writes {@code NAME.key}, readable by its owner alone, and {@code NAME.crt}.
     *
     * @throws FileAlreadyExistsException when either is there: a key is never written over
     */
    public void write(Path folder, String name) throws IOException {
        for (String end : FILE_ENDS) {
            if (Files.exists(folder.resolve(name + end))) {
                throw new FileAlreadyExistsException(folder.resolve(name + end).toString());
            }
        }
        FileAttribute<?> ours = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path key = Files.createFile(folder.resolve(name + ".key"), ours);
        Files.writeString(key, pem(new JcaPKCS8Generator(keys.getPrivate(), null)), StandardOpenOption.WRITE);
        Files.writeString(folder.resolve(name + ".crt"), pem(certificate), StandardOpenOption.CREATE_NEW);
    }

    private static String pem(Object block) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(block);
        }
        return text.toString();
    }
}
