package io.penstock.sensors.opcua;

import static io.penstock.sensors.opcua.OpcUaTestSource.FAST;
import static io.penstock.sensors.opcua.OpcUaTestSource.PATIENCE;
import static io.penstock.sensors.opcua.OpcUaTestSource.group;
import static io.penstock.sensors.opcua.OpcUaTestSource.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.fixtures.opcua.PlantServer;
import io.penstock.sensors.opcua.OpcUaAccess.Login;
import io.penstock.sensors.opcua.OpcUaAccess.Mode;
import io.penstock.sensors.opcua.OpcUaAccess.Security;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.TrustFolder.State;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.SourceHealth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateBuilder;
import org.eclipse.milo.opcua.stack.core.util.SelfSignedCertificateGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class OpcUaSecurityTest {
    private static final ChannelId POWER = new ChannelId("unit-1", "power");
    private static final Node NODE = new Node(PlantServer.nodeId("unit-1/power"), POWER, FAST, Content.NUMBER);

    @TempDir
    private Path folder;

    private PlantServer started(PlantServer server) throws Exception {
        server.variable("unit-1/power", 1);
        server.start();
        return server;
    }

    private OpcUaAccess access(PlantServer server, Security security, Mode mode, Login login) {
        return new OpcUaAccess(server.uri(), security, mode, login, folder, true);
    }

    private OpcUaAccess access(PlantServer server) {
        return access(server, Security.BASIC256SHA256, Mode.SIGN_AND_ENCRYPT, OpcUaAccess.ANONYMOUS);
    }

    /** Each side trusts the other, as after a person's work on both. */
    private void introduce(PlantServer server) throws Exception {
        server.trust(new TrustFolder(folder).identity().certificate());
        Files.createDirectories(folder.resolve("trusted/certs"));
        Files.write(
                folder.resolve("trusted/certs/plant.der"), server.certificate().getEncoded());
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(folder.resolve(name), content);
    }

    private static void assertReads(OpcUaAccess access) {
        try (OpcUaTestSource plc = new OpcUaTestSource(settings(access, group("", NODE)))) {
            plc.awaitValue(POWER, 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BASIC256SHA256, SIGN",
        "BASIC256SHA256, SIGN_AND_ENCRYPT",
        "AES128_SHA256_RSAOAEP, SIGN",
        "AES128_SHA256_RSAOAEP, SIGN_AND_ENCRYPT",
        "AES256_SHA256_RSAPSS, SIGN",
        "AES256_SHA256_RSAPSS, SIGN_AND_ENCRYPT"
    })
    void everyPolicyAndModeIsReadWithAPassword(Security security, Mode mode) throws Exception {
        try (PlantServer server = new PlantServer(PlantServer.Security.ALL)) {
            server.wantLogin();
            started(server);
            introduce(server);
            Path password = file("password", PlantServer.PASSWORD + "\n");
            assertReads(access(server, security, mode, new Login.Password(PlantServer.USER, password)));
        }
    }

    @Test
    void userCertificateLogsIn() throws Exception {
        KeyPair pair = SelfSignedCertificateGenerator.generateRsaKeyPair(2048);
        X509Certificate user =
                new SelfSignedCertificateBuilder(pair).setCommonName("operator").build();
        try (PlantServer server = new PlantServer(PlantServer.Security.ALL)) {
            server.wantLogin();
            started(server);
            introduce(server);
            Path certificate = folder.resolve("user.der");
            Files.write(certificate, user.getEncoded());
            Path key = file(
                    "user.pem",
                    "-----BEGIN PRIVATE KEY-----\n"
                            + Base64.getMimeEncoder()
                                    .encodeToString(pair.getPrivate().getEncoded())
                            + "\n-----END PRIVATE KEY-----\n");
            OpcUaAccess access = access(
                    server,
                    Security.AES256_SHA256_RSAPSS,
                    Mode.SIGN_AND_ENCRYPT,
                    new Login.Certificate(certificate, key));
            assertRefused(access, "the server refuses the user certificate");
            server.admit(user);
            assertReads(access);
        }
    }

    private static void assertRefused(OpcUaAccess access, String... parts) {
        try (OpcUaTestSource plc = new OpcUaTestSource(settings(access, group("", NODE)))) {
            await().atMost(PATIENCE).until(() -> plc.source.health().detail().contains("connecting again"));
            assertThat(plc.source.health().detail()).contains(parts).doesNotContain("\n");
            assertThat(plc.source.health().state()).isEqualTo(SourceHealth.State.CONNECTING);
        }
    }

    @Test
    void wrongPasswordAndNoneAreOneLineWithTheCure() throws Exception {
        try (PlantServer server = new PlantServer(PlantServer.Security.ALL)) {
            server.wantLogin();
            started(server);
            introduce(server);
            Path password = file("password", "wrong\n");
            assertRefused(
                    access(
                            server,
                            Security.BASIC256SHA256,
                            Mode.SIGN_AND_ENCRYPT,
                            new Login.Password(PlantServer.USER, password)),
                    "the server refuses user 'operator'",
                    password.toString());
            assertRefused(access(server), "set user and password_file");
        }
    }

    @Test
    void serverThatDoesNotTrustUsIsToldWithTheFileToCopy() throws Exception {
        try (PlantServer server = started(new PlantServer(PlantServer.Security.ALL))) {
            Files.createDirectories(folder.resolve("trusted/certs"));
            Files.write(
                    folder.resolve("trusted/certs/plant.der"),
                    server.certificate().getEncoded());
            assertRefused(access(server), "does not trust this gateway", "own/client.der");
        }
    }

    @Test
    void missingPolicyIsToldWithThoseThereAre() throws Exception {
        try (PlantServer server = started(new PlantServer(PlantServer.Security.BASIC256SHA256))) {
            assertRefused(
                    access(server, Security.AES256_SHA256_RSAPSS, Mode.SIGN, OpcUaAccess.ANONYMOUS),
                    "found only",
                    "Basic256Sha256");
        }
    }

    @Test
    void expiredAndWrongHostCertificatesAreRefusedEvenWhenTrusted() throws Exception {
        try (PlantServer server =
                started(new PlantServer(PlantServer.Security.BASIC256SHA256, PlantServer.Flaw.EXPIRED))) {
            assertRefused(access(server), "self-signed", "expired at", "is not trusted");
            introduce(server);
            assertRefused(access(server), "expired at", "renew the certificate");
        }
        try (PlantServer server =
                started(new PlantServer(PlantServer.Security.BASIC256SHA256, PlantServer.Flaw.WRONG_HOST))) {
            introduce(server);
            assertRefused(access(server), "not made for the host 127.0.0.1", "plc.elsewhere.example", "verify_host");
            assertReads(new OpcUaAccess(
                    server.uri(),
                    Security.BASIC256SHA256,
                    Mode.SIGN_AND_ENCRYPT,
                    OpcUaAccess.ANONYMOUS,
                    folder,
                    false));
        }
    }

    @Test
    void trustIsGivenByThumbprintAndTakenAwayFromARunningSource() throws Exception {
        TrustFolder trust = new TrustFolder(folder);
        try (PlantServer server = started(new PlantServer(PlantServer.Security.BASIC256SHA256));
                OpcUaTestSource plc = new OpcUaTestSource(settings(access(server), group("", NODE)))) {
            server.trust(trust.identity().certificate());
            await().atMost(PATIENCE).until(() -> trust.entries().stream().anyMatch(e -> e.state() == State.REJECTED));
            TrustFolder.Entry rejected = trust.entries().stream()
                    .filter(e -> e.state() == State.REJECTED)
                    .findFirst()
                    .orElseThrow();
            assertThat(rejected.origin()).contains("plc", server.uri());
            assertThat(rejected.thumbprint()).hasSize(40);
            assertThat(rejected.subject()).contains("Penstock simulated plant");
            assertThat(plc.source.health().detail()).contains(rejected.thumbprint(), "self-signed");

            trust.move(rejected, State.TRUSTED);
            plc.awaitValue(POWER, 1);
            TrustFolder.Entry trusted = trust.entries().stream()
                    .filter(e -> e.state() == State.TRUSTED)
                    .findFirst()
                    .orElseThrow();
            assertThat(trusted.origin()).isEqualTo(rejected.origin());

            trust.move(trusted, State.REJECTED);
            await().atMost(PATIENCE)
                    .until(() -> plc.source.health().state() == SourceHealth.State.CONNECTING && plc.isLastBad(POWER));
            assertThat(plc.source.health().detail()).contains("trusted");
        }
    }

    @Test
    void protectedServerIsBrowsedToo() throws Exception {
        try (PlantServer server = new PlantServer(PlantServer.Security.ALL)) {
            server.wantLogin();
            started(server);
            introduce(server);
            assertThatThrownBy(() -> OpcUaBrowser.browse(access(server)))
                    .isInstanceOf(ServerUnreachable.class)
                    .hasMessageContaining("password_file");
            Login login = new Login.Password(PlantServer.USER, file("password", PlantServer.PASSWORD));
            List<OpcUaBrowser.Variable> found = OpcUaBrowser.browse(
                            access(server, Security.AES128_SHA256_RSAOAEP, Mode.SIGN_AND_ENCRYPT, login))
                    .variables();
            assertThat(found).anyMatch(v -> v.nodeId().equals(PlantServer.nodeId("unit-1/power")));
        }
    }
}
