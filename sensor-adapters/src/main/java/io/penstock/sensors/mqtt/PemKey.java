package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/** A private key in a PEM file, in any form that openssl writes. */
final class PemKey {
    private static final BouncyCastleProvider FOR_DECRYPTION = new BouncyCastleProvider();

    private PemKey() {}

    /** @throws LinkDown with what is wrong and what to do */
    static PrivateKey read(Path file, @Nullable Path passwordFile) throws LinkDown {
        try (Reader reader = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(reader)) {
            for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
                PrivateKeyInfo key = privateKey(block, file, passwordFile);
                if (key != null) {
                    return own(key);
                }
            }
        } catch (LinkDown e) {
            throw e;
        } catch (PKCSException
                | OperatorCreationException
                | GeneralSecurityException
                | IOException
                | IllegalArgumentException e) {
            String cure = passwordFile == null
                    ? "; is it there, readable for us, and a PEM private key?"
                    : "; is the first line of " + passwordFile + " its password?";
            throw new LinkDown("read our key from " + file + ": " + e.getMessage() + cure, e);
        }
        throw new LinkDown("read our key from " + file
                + ": found no private key; put a PEM block (-----BEGIN PRIVATE KEY-----) in it");
    }

    /**
     * As the JDK's own key. Bouncy Castle's converter takes any provider that knows {@code ECDSA}, and an OPC UA policy may have brought
     * one; TLS finds no use for a key of that name.
     */
    private static PrivateKey own(PrivateKeyInfo key) throws GeneralSecurityException, IOException {
        return KeyFactory.getInstance(
                        key.getPrivateKeyAlgorithm().getAlgorithm().getId())
                .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
    }

    private static @Nullable PrivateKeyInfo privateKey(Object block, Path file, @Nullable Path passwordFile)
            throws IOException, PKCSException, OperatorCreationException {
        return switch (block) {
            case PrivateKeyInfo plain -> plain;
            case PEMKeyPair pair -> pair.getPrivateKeyInfo();
            case PKCS8EncryptedPrivateKeyInfo locked ->
                locked.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                        .setProvider(FOR_DECRYPTION)
                        .build(password(file, passwordFile)));
            case PEMEncryptedKeyPair locked ->
                locked.decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                                .setProvider(FOR_DECRYPTION)
                                .build(password(file, passwordFile)))
                        .getPrivateKeyInfo();
            // certificates, parameters of a curve
            default -> null;
        };
    }

    private static char[] password(Path file, @Nullable Path passwordFile) throws LinkDown {
        if (passwordFile == null) {
            throw new LinkDown("read our key from " + file + ": it is encrypted; name the file with its password in"
                    + " key_password_file");
        }
        return CredentialFile.firstLine("the password of the key " + file, passwordFile)
                .toCharArray();
    }

    /** Whether a signature by the private key is one of the public key. */
    static boolean fits(PrivateKey ours, PublicKey certified) throws GeneralSecurityException {
        if (!ours.getAlgorithm().equals(certified.getAlgorithm())) {
            return false;
        }
        String algorithm = switch (ours.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> ours.getAlgorithm();
        };
        byte[] sample = {1, 2, 3};
        Signature sign = Signature.getInstance(algorithm);
        sign.initSign(ours);
        sign.update(sample);
        byte[] signature = sign.sign();
        Signature verify = Signature.getInstance(algorithm);
        verify.initVerify(certified);
        verify.update(sample);
        return verify.verify(signature);
    }
}
