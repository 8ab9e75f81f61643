package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.LoopbackPort;
import io.penstock.fixtures.broker.MosquittoBroker;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateBuilder;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A mosquitto with TLS and a password file. */
@Timeout(60)
class ProtectedBrokerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private int port;
    private @Nullable Process broker;

    @BeforeEach
    void startBroker() throws Exception {
        assumeTrue(MosquittoBroker.isInstalled(), "mosquitto is not installed: apt-get install mosquitto");
        port = LoopbackPort.free();
        KeyPair pair = SelfSignedCertificateGenerator.generateRsaKeyPair(2048);
        X509Certificate certificate = new SelfSignedCertificateBuilder(pair)
                .setCommonName("broker")
                .setApplicationUri("urn:penstock:test:broker")
                .addIpAddress("127.0.0.1")
                .build();
        pem("broker.crt", "CERTIFICATE", certificate.getEncoded());
        pem("broker.key", "PRIVATE KEY", pair.getPrivate().getEncoded());
        Path passwords = folder.resolve("passwords");
        Files.writeString(passwords, "gateway:open sesame\n");
        run("mosquitto_passwd", "-U", passwords.toString());
        Path config = Files.writeString(folder.resolve("mosquitto.conf"), """
                listener %d 127.0.0.1
                user %s
                allow_anonymous false
                password_file %s
                certfile %s
                keyfile %s
                """.formatted(
                        port,
                        System.getProperty("user.name"),
                        passwords,
                        folder.resolve("broker.crt"),
                        folder.resolve("broker.key")));
        broker = new ProcessBuilder(program("mosquitto"), "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    @AfterEach
    void stopBroker() {
        if (broker != null) {
            broker.destroyForcibly();
        }
    }

    private static String program(String name) {
        return new File("/usr/sbin/" + name).canExecute() ? "/usr/sbin/" + name : name;
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private void pem(String file, String kind, byte[] content) throws Exception {
        Files.writeString(
                folder.resolve(file),
                "-----BEGIN " + kind + "-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                                .encodeToString(content)
                        + "\n-----END " + kind + "-----\n");
    }

    private MqttConnectionSettings settings(String host) throws Exception {
        return MqttConnectionSettings.of("ssl://" + host + ":" + port, "gateway")
                .withTrustFile(folder.resolve("broker.crt"))
                .withCredentials(new MqttConnectionSettings.Credentials(
                        "gateway", Files.writeString(folder.resolve("password"), "open sesame\n")));
    }

    @Test
    void messageIsPublishedOverTlsWithAPassword() throws Exception {
        try (MqttConnection connection = new MqttConnection(settings("127.0.0.1"))) {
            connection.start();
            await().atMost(PATIENCE).until(connection::isConnected);
            assertThat(connection.publishAndWait("a/b", new byte[] {1}, 1, true, Duration.ofSeconds(10)))
                    .isEqualTo(new PublishOutcome.Accepted());
        }
    }

    @Test
    void wrongPasswordIsSaid() throws Exception {
        MqttConnectionSettings wrong = settings("127.0.0.1");
        Files.writeString(folder.resolve("password"), "open barley");
        try (MqttConnection connection = new MqttConnection(wrong)) {
            connection.start();
            await().atMost(PATIENCE).until(() -> connection.detail().contains("not authorised"));
            assertThat(connection.isConnected()).isFalse();
            assertThatThrownBy(() -> MqttConnection.probe(wrong.withVersion(MqttVersion.V3_1_1)))
                    .hasMessageContaining("not authorised")
                    .hasMessageContaining(folder.resolve("password").toString());
            // the file is read at each connect: a corrected one is enough
            Files.writeString(folder.resolve("password"), "open sesame");
            await().atMost(PATIENCE).until(connection::isConnected);
        }
    }

    @Test
    void brokerWithAnUnknownCertificateIsNotTrusted() throws Exception {
        try (MqttConnection connection =
                new MqttConnection(settings("127.0.0.1").withTrustFile(null))) {
            connection.start();
            await().atMost(PATIENCE)
                    .until(() -> connection.detail().contains("is self-signed and not in the Java runtime"));
        }
    }

    @Test
    void brokerWithAnotherNameIsNotTrusted() throws Exception {
        // the certificate holds the address 127.0.0.1 and no name
        try (MqttConnection connection = new MqttConnection(settings("localhost"))) {
            connection.start();
            await().atMost(PATIENCE).until(() -> connection.detail().contains("not for localhost"));
        }
    }
}
