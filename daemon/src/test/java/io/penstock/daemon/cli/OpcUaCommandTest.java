package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.fixtures.opcua.PlantServer;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A person's way to a protected server: a running gateway, a real server, the real commands. */
class OpcUaCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    private int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine command = PenstockCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments);
    }

    private Path config(PlantServer server) throws Exception {
        Files.writeString(folder.resolve("unit-1.toml"), """
                [asset]
                id = "unit-1"
                kind = "centrifugal_pump"
                [[channel]]
                id = "flow"
                quantity = "flow"
                unit = "m3/s"
                """);
        Files.writeString(folder.resolve("pw"), PlantServer.PASSWORD);
        return Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["unit-1.toml"]
                [site]
                name = "test"
                [store]
                file = "p.db"
                [health]
                socket = "p.sock"
                [infer]
                enabled = false
                [route]
                semantic = false
                [[opcua]]
                name = "plc"
                endpoint = "%s"
                security = "aes256_sha256_rsapss"
                trust_folder = "trust"
                user = "%s"
                password_file = "pw"
                [[opcua.item]]
                path = "{asset}/flow"
                channel = "flow"
                [[opcua.item]]
                node = "ns=2;s=unit-1/absent"
                asset = "unit-1"
                channel = "absent"
                """.formatted(server.uri(), PlantServer.USER));
    }

    private void trustUs(PlantServer server) throws Exception {
        try (InputStream in = Files.newInputStream(folder.resolve("trust/own/client.der"))) {
            server.trust(
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
    }

    @Test
    void serverIsTrustedBrowsedAndRejectedByCommand() throws Exception {
        try (PlantServer server = new PlantServer(PlantServer.Security.ALL)) {
            server.wantLogin();
            server.variable("unit-1/flow", 1.5);
            server.start();
            String config = config(server).toString();
            assertThat(run("opcua", "list", "-c", config)).isEqualTo(ExitCode.NOTHING_FOUND);
            assertThat(run("opcua", "browse", "plc", "-c", config)).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString().lines()).hasSize(1);
            assertThat(err.toString())
                    .startsWith("penstock: the server's certificate")
                    .contains("penstock opcua trust");

            assertThat(run("opcua", "list", "--json", "-c", config)).isZero();
            JsonNode rejected = new ObjectMapper()
                    .readTree(out.toString().lines().findFirst().orElseThrow());
            assertThat(rejected.path("state").asText()).isEqualTo("rejected");
            assertThat(rejected.path("met_by").asText()).contains(server.uri());
            String thumbprint = rejected.path("thumbprint").asText();
            assertThat(run("opcua", "trust", "00000000", "-c", config)).isEqualTo(ExitCode.NOTHING_FOUND);
            assertThat(run("opcua", "trust", thumbprint.substring(0, 8), "-c", config))
                    .isZero();

            try (Gateway gateway = Gateway.start(ConfigFile.read(Path.of(config)), InstantSource.system())) {
                await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("trust/own/client.der")));
                trustUs(server);
                await().atMost(PATIENCE).until(() -> gateway.status().readings() > 0);
                await().atMost(PATIENCE)
                        .until(() -> run("status", "-c", config) == ExitCode.DONE
                                && out.toString().contains("unit-1/absent, ns=2;s=unit-1/absent: Bad_NodeIdUnknown"));

                assertThat(run("opcua", "browse", "plc", "-c", config)).isZero();
                assertThat(out.toString()).contains("[[opcua.item]]", "s=unit-1/flow", "path unit-1/flow");
                assertThat(run(
                                "init",
                                "--browse",
                                server.uri(),
                                "--security",
                                "basic256sha256",
                                "--trust-folder",
                                folder.resolve("trust").toString(),
                                "--user",
                                PlantServer.USER,
                                "--password-file",
                                folder.resolve("pw").toString()))
                        .isZero();
                assertThat(out.toString()).contains("s=unit-1/flow");

                assertThat(run("opcua", "reject", thumbprint, "-c", config)).isZero();
                await().atMost(PATIENCE)
                        .until(() -> gateway.status()
                                .sources()
                                .getFirst()
                                .health()
                                .detail()
                                .contains("not trusted"));
            }
        }
    }

    @Test
    void securityWithoutAFolderForItsKeysIsWrongUsage() {
        assertThat(run("opcua", "browse", "opc.tcp://127.0.0.1:1", "--security", "basic256sha256"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("needs a trust folder");
    }

    @Test
    @Tag("slow")
    void benchmarkStoresWhatTheServerSends() throws Exception {
        assertThat(run(
                        "bench",
                        "opcua",
                        "--assets",
                        "2",
                        "--channels",
                        "5",
                        "--rate",
                        "10",
                        "--seconds",
                        "3",
                        "--warm-up",
                        "1",
                        "--json",
                        "--disk",
                        folder.toString()))
                .as(err.toString())
                .isZero();
        JsonNode measured = new ObjectMapper()
                .readTree(out.toString().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(measured.path("stored_per_s").asLong()).isBetween(60L, 110L);
        assertThat(measured.path("lost").asLong()).isZero();
        assertThat(folder).isEmptyDirectory();
    }
}
