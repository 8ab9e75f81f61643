package io.penstock.daemon.peer;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.Pin;
import io.penstock.models.remote.RemoteModel;
import io.penstock.models.remote.ServerKind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Two machines' keys in a folder, a server with one of them and clients with the other. */
public final class TestPeer {
    public static final String SHA256 = "ab".repeat(32);
    public static final String MODEL = "small";

    public final PeerKey server;
    public final PeerKey client;
    private final Path folder;

    public TestPeer(Path folder) throws Exception {
        this.folder = folder;
        this.server = key(folder, "server", "127.0.0.1");
        this.client = key(folder, "client", "127.0.0.1");
    }

    static PeerKey key(Path folder, String name, String... hosts) throws Exception {
        return key(folder, name, Instant.now(), hosts);
    }

    static PeerKey key(Path folder, String name, Instant made, String... hosts) throws Exception {
        PeerKey key = PeerKey.make(List.of(hosts), made, 30);
        key.write(folder, name);
        return key;
    }

    PeerTls tls(String name, Pin... pins) {
        return new PeerTls(List.of(pins), null, folder.resolve(name + ".crt"), folder.resolve(name + ".key"), null);
    }

    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public ModelServer open(LanguageModel model, Precedence precedence) throws Exception {
        return open(model, precedence, tls("server", client.pin()));
    }

    ModelServer open(LanguageModel model, Precedence precedence, PeerTls tls) throws Exception {
        ServeSettings settings = new ServeSettings(anyPort(), tls, 2, Duration.ofSeconds(5));
        return ModelServer.open(
                settings,
                anyPort(),
                () -> List.of(new ModelServer.Hosted(MODEL, SHA256, model)),
                precedence,
                InstantSource.system());
    }

    RemoteModel asking(int port) throws Exception {
        return asking(ServerKind.PENSTOCK, port, tls("client", server.pin()));
    }

    static RemoteModel asking(ServerKind kind, int port, PeerTls tls) {
        HttpWire.Target target =
                new HttpWire.Target(URI.create("https://127.0.0.1:" + port), null, Duration.ofSeconds(1), 65_536);
        return new RemoteModel(
                "standby b", kind, MODEL, new HttpWire(target, () -> tls.context(InstantSource.system())));
    }

    Path write(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    /** Holds the first label three times as probable as each other, and repeats what it was asked. */
    public static class FirstLabel implements LanguageModel {
        public final List<Prompt> asked = new ArrayList<>();
        final List<String> grammars = new ArrayList<>();

        @Override
        public synchronized LabelScores score(Prompt prompt, List<String> labels, Duration deadline)
                throws ModelUnavailable {
            asked.add(prompt);
            double rest = 1.0 / (labels.size() + 2);
            List<LabelScores.Score> scores = new ArrayList<>();
            for (int i = 0; i < labels.size(); i++) {
                double p = i == 0 ? 3 * rest : rest;
                scores.add(new LabelScores.Score(labels.get(i), Math.log(p), p));
            }
            return new LabelScores(scores, 40, 8, Duration.ofMillis(3));
        }

        @Override
        public synchronized Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                throws ModelUnavailable {
            asked.add(prompt);
            grammars.add(grammar);
            return new Completion("{\"said\": 1}", 50, 8, 9, Completion.Stop.END, Duration.ofMillis(7));
        }

        @Override
        public void close() {}
    }
}
