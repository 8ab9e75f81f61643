package io.penstock.sensors.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.LoopbackPort;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.sensors.mqtt.TestCertificates.Wish;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers that are not to be trusted or do not trust us: each is refused in one plain line that names the cure. */
@Timeout(120)
class BrokerTrustTest {
    private static TestCertificates authority;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeAuthority() throws Exception {
        authority = TestCertificates.authority("Plant CA");
    }

    /** A TLS server with this certificate; after the handshake it says nothing. */
    private static ServerSocket server(TestCertificates of, boolean wantsClient, String... protocols) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server", of.keys().getPrivate(), new char[0], new java.security.cert.Certificate[] {of.certificate()});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        server.setNeedClientAuth(wantsClient);
        if (protocols.length > 0) {
            server.setEnabledProtocols(protocols);
        }
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    SSLSocket socket = (SSLSocket) server.accept();
                    Thread.ofVirtual().start(() -> shake(socket));
                } catch (IOException e) {
                    assertThat(server.isClosed()).isTrue();
                }
            }
        });
        return server;
    }

    private static void shake(SSLSocket socket) {
        try {
            socket.startHandshake();
        } catch (IOException refused) {
            // the client's refusal is what the test looks at
            assertThat(socket.getSession().isValid()).isFalse();
        }
    }

    private MqttConnectionSettings settings(int port) throws Exception {
        return MqttConnectionSettings.of("ssl://127.0.0.1:" + port, "gateway")
                .withTrustFile(authority.writeCertificate(folder.resolve("ca.crt")));
    }

    private static String refusal(MqttConnectionSettings settings) {
        String line = String.valueOf(catchThrowableOfType(LinkDown.class, () -> MqttConnection.probe(settings))
                .getMessage());
        assertThat(line).doesNotContain("\n").doesNotContain("Exception").contains(settings.uri());
        return line;
    }

    enum Bad {
        EXPIRED(Wish.good("broker").valid(Duration.ofDays(-9), Duration.ofDays(-2)), "expired at", "renew it"),
        NOT_YET(Wish.good("broker").valid(Duration.ofDays(2), Duration.ofDays(9)), "valid only from", "clock"),
        WRONG_HOST(Wish.good("broker").forAddress("10.1.2.3"), "is for 10.1.2.3, not for 127.0.0.1", "uri"),
        SHA1(Wish.good("broker").signedWith("SHA1withRSA"), "signed with SHA1withRSA", "SHA-256"),
        RSA_1024(Wish.good("broker").ofBits(1024), "1024 bits (RSA), expected at least 2048", "longer key");

        private final Wish wish;
        private final String found;
        private final String cure;

        Bad(Wish wish, String found, String cure) {
            this.wish = wish;
            this.found = found;
            this.cure = cure;
        }
    }

    @ParameterizedTest
    @EnumSource(Bad.class)
    void badCertificateIsRefusedWithItsCure(Bad bad) throws Exception {
        try (ServerSocket server = server(authority.issue(bad.wish), false)) {
            for (MqttVersion version : new MqttVersion[] {MqttVersion.V5, MqttVersion.V3_1_1}) {
                assertThat(refusal(settings(server.getLocalPort()).withVersion(version)))
                        .contains("CN=broker", bad.found, bad.cure);
            }
        }
    }

    @Test
    void selfSignedCertificateIsToldFromThatOfAnUnknownAuthority() throws Exception {
        try (ServerSocket server = server(TestCertificates.selfSigned(Wish.good("broker")), false)) {
            assertThat(refusal(settings(server.getLocalPort())))
                    .contains("is self-signed and not in", "ca.crt", "SHA-256", "trust_file");
        }
        TestCertificates other = TestCertificates.authority("Other CA");
        try (ServerSocket server = server(other.issue(Wish.good("broker")), false)) {
            assertThat(refusal(settings(server.getLocalPort())))
                    .contains("was issued by CN=Other CA", "which is not in", "put that CA's certificate");
        }
    }

    @Test
    void olderTlsThanTheMinimumIsRefused() throws Exception {
        try (ServerSocket server = server(authority.issue(Wish.good("broker")), false, "TLSv1.2")) {
            MqttConnectionSettings settings = settings(server.getLocalPort());
            assertThat(refusal(settings.withTls(
                            new MqttTls(settings.tls().trustFile(), null, null, null, MqttTls.Minimum.TLS_1_3))))
                    .contains("none of our TLS versions", "tls_minimum");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void missingClientCertificateIsSaid(String protocol) throws Exception {
        try (ServerSocket server = server(authority.issue(Wish.good("broker")), true, protocol)) {
            assertThat(refusal(settings(server.getLocalPort()))).contains("client certificate", "certificate_file");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void brokerThatAcceptsAndGoesSilentIsGivenUp(boolean secure) throws Exception {
        // kept, for a socket that nobody holds is collected, and closed by that
        List<Socket> accepted = new CopyOnWriteArrayList<>();
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> {
                while (!silent.isClosed()) {
                    try {
                        Socket socket = silent.accept();
                        assertThat(socket.isConnected()).isTrue();
                        accepted.add(socket);
                    } catch (IOException e) {
                        assertThat(silent.isClosed()).isTrue();
                    }
                }
            });
            long start = System.nanoTime();
            MqttConnectionSettings settings = secure
                    ? settings(silent.getLocalPort())
                    : MqttConnectionSettings.of("tcp://127.0.0.1:" + silent.getLocalPort(), "gateway");
            assertThat(refusal(settings)).contains("said nothing", "is it an MQTT broker");
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start))
                    .isLessThan(25);
            assertThat(accepted).isNotEmpty();
        }
    }

    @Test
    void plainBrokerBehindATlsAddressIsSaidAndNothingIsSentInClear() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            byte[] first = new byte[1];
            Thread.ofVirtual().start(() -> {
                try (Socket socket = plain.accept()) {
                    first[0] = (byte) socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[] {0x20, 0x02, 0, 1});
                } catch (IOException e) {
                    assertThat(plain.isClosed()).isTrue();
                }
            });
            assertThat(refusal(settings(plain.getLocalPort()))).contains("speak TLS at this port");
            // 22 is a TLS handshake record; 16 would be an MQTT CONNECT
            assertThat(first[0]).isEqualTo((byte) 22);
        }
    }

    enum Key {
        PKCS8("pkcs8 -topk8 -nocrypt"),
        PKCS8_ENCRYPTED("pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret"),
        PKCS1("rsa -traditional"),
        PKCS1_ENCRYPTED("rsa -traditional -aes256 -passout pass:secret");

        private final String openssl;

        Key(String openssl) {
            this.openssl = openssl;
        }
    }

    @ParameterizedTest
    @EnumSource(Key.class)
    void clientCertificateLetsUsInWithEveryFormOfKey(Key form) throws Exception {
        TestCertificates ours = authority.issue(Wish.good("gateway"));
        Path key = openssl(form.openssl, ours.writeKey(folder.resolve("original.key")));
        assertThat(Files.readString(key).contains("ENCRYPTED"))
                .isEqualTo(form.name().endsWith("ENCRYPTED"));
        letIn(ours, key, form.name().endsWith("ENCRYPTED"));
    }

    @Test
    void clientCertificateLetsUsInWithAnEllipticKey() throws Exception {
        var generator = java.security.KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        TestCertificates ours = authority.issue(Wish.good("gateway"), generator.generateKeyPair());
        Path key = openssl("ec", ours.writeKey(folder.resolve("original.key")));
        assertThat(Files.readString(key)).contains("BEGIN EC PRIVATE KEY");
        letIn(ours, key, false);
    }

    private Path openssl(String arguments, Path key) throws Exception {
        Path out = folder.resolve("changed.key");
        Process process = new ProcessBuilder(("openssl " + arguments + " -in " + key + " -out " + out).split(" "))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return out;
    }

    private void letIn(TestCertificates ours, Path key, boolean encrypted) throws Exception {
        Path password = encrypted ? Files.writeString(folder.resolve("key.password"), "secret\n") : null;
        try (Mosquitto broker = mosquitto()) {
            MqttTls tls = new MqttTls(
                    folder.resolve("ca.crt"),
                    ours.writeCertificate(folder.resolve("gateway.crt")),
                    key,
                    password,
                    MqttTls.Minimum.TLS_1_3);
            MqttConnectionSettings settings = settings(broker.port()).withTls(tls);
            assertThat(MqttConnection.probe(settings)).isEqualTo("MQTT 5");
            assertThat(MqttConnection.probe(settings.withVersion(MqttVersion.V3_1_1)))
                    .isEqualTo("MQTT 3.1.1");
            TestCertificates foreign = TestCertificates.authority("Other CA").issue(Wish.good("gateway"), ours.keys());
            foreign.writeCertificate(folder.resolve("gateway.crt"));
            assertThat(refusal(settings)).contains("our certificate", "gateway.crt");
        }
    }

    @Test
    void keyOfAnotherCertificateAndAWrongPasswordAreSaid() throws Exception {
        TestCertificates ours = authority.issue(Wish.good("gateway"));
        Path certificate = ours.writeCertificate(folder.resolve("gateway.crt"));
        Path other = authority.writeKey(folder.resolve("other.key"));
        Path locked = openssl("pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret", other);
        Path wrong = Files.writeString(folder.resolve("key.password"), "barley");
        MqttConnectionSettings settings = settings(1);
        assertThat(keyTrouble(settings, certificate, other, null)).contains("does not belong to", "gateway.crt");
        assertThat(keyTrouble(settings, certificate, locked, null)).contains("it is encrypted", "key_password_file");
        assertThat(keyTrouble(settings, certificate, locked, wrong)).contains("changed.key", "key.password");
        assertThat(keyTrouble(settings, certificate, folder.resolve("none"), null))
                .contains("none", "is it there");
    }

    private static String keyTrouble(
            MqttConnectionSettings settings, Path certificate, Path key, @Nullable Path password) {
        MqttTls tls = new MqttTls(settings.tls().trustFile(), certificate, key, password, MqttTls.Minimum.TLS_1_2);
        return String.valueOf(catchThrowableOfType(LinkDown.class, () -> MqttConnection.probe(settings.withTls(tls)))
                .getMessage());
    }

    private record Mosquitto(Process process, int port) implements AutoCloseable {
        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** One that wants a certificate of ours. */
    private Mosquitto mosquitto() throws Exception {
        assumeTrue(MosquittoBroker.isInstalled(), "mosquitto is not installed: apt-get install mosquitto");
        TestCertificates broker = authority.issue(Wish.good("broker"));
        int port = LoopbackPort.free();
        Path config = Files.writeString(folder.resolve("mosquitto.conf"), """
                listener %d 127.0.0.1
                user %s
                allow_anonymous true
                cafile %s
                certfile %s
                keyfile %s
                require_certificate true
                """.formatted(
                        port,
                        System.getProperty("user.name"),
                        authority.writeCertificate(folder.resolve("ca.crt")),
                        broker.writeCertificate(folder.resolve("broker.crt")),
                        broker.writeKey(folder.resolve("broker.key"))));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder("/usr/sbin/mosquitto", "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> Files.readString(log).contains(" running"));
        return new Mosquitto(process, port);
    }
}
