package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.util.Base64;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void aKeyIsTheJdksOwnThoughAnotherProviderIsThere(String algorithm) throws Exception {
        // an OPC UA policy brings it for the whole process
        Security.addProvider(new BouncyCastleProvider());
        KeyPair pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        Path file = Files.writeString(
                folder.resolve("ours.key"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                                .encodeToString(pair.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        PrivateKey read = PemKey.read(file, null);
        assertThat(read.getAlgorithm()).isEqualTo(algorithm);
        assertThat(PemKey.fits(read, pair.getPublic())).isTrue();
        assertThat(PemKey.fits(
                        read,
                        KeyPairGenerator.getInstance(algorithm)
                                .generateKeyPair()
                                .getPublic()))
                .isFalse();
    }
}
