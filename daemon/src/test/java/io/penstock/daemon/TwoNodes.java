package io.penstock.daemon;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.peer.PeerKey;
import io.penstock.fixtures.LoopbackPort;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Two nodes' folders, keys and tables: {@code gw-a}, and {@code gw-b}, which serves its model and stands by for the other. */
final class TwoNodes {
    static final Duration PATIENCE = Duration.ofSeconds(120);

    final Path a;
    final Path b;
    final PeerKey keyA;
    final PeerKey keyB;
    final int port;

    TwoNodes(Path folder) throws Exception {
        a = Files.createDirectory(folder.resolve("a"));
        b = Files.createDirectory(folder.resolve("b"));
        keyA = PeerKey.make(List.of("127.0.0.1"), Instant.now(), 30);
        keyB = PeerKey.make(List.of("127.0.0.1"), Instant.now(), 30);
        keyA.write(a, "peer");
        keyB.write(b, "peer");
        port = LoopbackPort.free();
    }

    static void pullTheModel() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        store.pull(catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow(), PullProgress.SILENT);
        store.pull(catalogue.nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
    }

    /** What node b has besides its sources. */
    String serving() throws Exception {
        return """
                [infer]
                deadline = "45s"
                [route]
                semantic = false
                [serve]
                enabled = true
                listen = "127.0.0.1:%d"
                certificate_file = "peer.crt"
                key_file = "peer.key"
                clients = ["%s"]
                deadline = "30s"
                """.formatted(port, keyA.pin());
    }

    /** What node a has besides its sources. */
    String standingBy() throws Exception {
        return """
                [infer]
                deadline = "45s"
                take_over = "5s"
                [route]
                semantic = false
                [[standby]]
                name = "gw-b"
                url = "https://127.0.0.1:%d"
                pins = ["%s"]
                certificate_file = "peer.crt"
                key_file = "peer.key"
                probe_every = "2s"
                probe_within = "20s"
                """.formatted(port, keyB.pin());
    }

    DaemonProcess startB(String broker) throws Exception {
        Path config = new TestSite(b)
                .config(
                        new String[] {"pump-b"},
                        // a name of its own, because the client's id at the broker is made of it
                        TestSite.mqtt(broker)
                                .replace("plant-mqtt", "plant-b")
                                .replace("plant/{asset}", "other/{asset}"),
                        serving());
        DaemonProcess daemon = DaemonProcess.start(config);
        awaitModel(daemon);
        return daemon;
    }

    static void awaitModel(DaemonProcess daemon) {
        await("the model is loaded")
                .atMost(PATIENCE)
                .until(() -> daemon.connected()
                        && model(daemon).path("state").asText().equals("running"));
    }

    static JsonNode model(DaemonProcess daemon) throws IOException {
        return daemon.status().path("models").path(0);
    }

    static JsonNode standby(DaemonProcess daemon) throws IOException {
        return daemon.status().path("standbys").path(0);
    }

    /** SIGSTOP or any other signal, by its name. */
    static void signal(String name, long pid) throws Exception {
        if (new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor() != 0) {
            throw new IOException("kill -" + name + " " + pid + " failed");
        }
    }
}
