package io.penstock.daemon.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.Pin;
import io.penstock.models.remote.RemoteModel;
import io.penstock.models.remote.ServerKind;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node's own server, asked over mutual TLS as another node asks it. */
class ModelServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Prompt PROMPT = new Prompt("You help.", "Evidence:\n[1] hot\n", "Fault:");
    private static final List<String> LABELS = List.of("bearing ball", "leak");

    @TempDir
    Path folder;

    private TestPeer peers;
    private final TestPeer.FirstLabel model = new TestPeer.FirstLabel();
    private final Precedence precedence = new Precedence();

    @BeforeEach
    void keys() throws Exception {
        peers = new TestPeer(folder);
    }

    @Test
    void anotherNodeGetsExactProbabilitiesAndAnExplanationUnderItsGrammar() throws Exception {
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel remote = peers.asking(server.port())) {
            LabelScores scores = remote.score(PROMPT, LABELS, PATIENCE);
            assertThat(scores.scores())
                    .containsExactly(
                            new LabelScores.Score("bearing ball", Math.log(0.75), 0.75),
                            new LabelScores.Score("leak", Math.log(0.25), 0.25));
            assertThat(scores.promptTokens()).isEqualTo(40);
            assertThat(remote.sha256()).isEqualTo(TestPeer.SHA256);
            Completion completion = remote.complete(PROMPT, "root ::= \"x\"", 40, PATIENCE);
            assertThat(completion.text()).isEqualTo("{\"said\": 1}");
            assertThat(completion.generatedTokens()).isEqualTo(9);
            assertThat(model.asked).containsExactly(PROMPT, PROMPT);
            assertThat(model.grammars).containsExactly("root ::= \"x\"");
            assertThat(server.counts().answered()).isEqualTo(2);
            assertThat(remote.probe(PATIENCE)).isPositive();
        }
    }

    @Test
    void ownCasesGoBeforeGuestsWhoAreToldToComeAgain() throws Exception {
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel remote = peers.asking(server.port())) {
            try (Precedence.Turn own = precedence.own()) {
                assertThat(own).isNotNull();
                assertThatThrownBy(() -> remote.score(PROMPT, LABELS, PATIENCE))
                        .hasMessage("standby b: it is busy, and says try in 1 s");
            }
            assertThat(model.asked).isEmpty();
            assertThat(remote.score(PROMPT, LABELS, PATIENCE).best().label()).isEqualTo("bearing ball");
            assertThat(server.counts().sentAway()).isEqualTo(1);
        }
    }

    @Test
    void moreGuestsThanMayBeAreSentAwayAtOnce() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        TestPeer.FirstLabel slow = new TestPeer.FirstLabel() {
            @Override
            public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
                try {
                    free.await();
                } catch (InterruptedException e) {
                    throw new ModelUnavailable(ModelUnavailable.Reason.CLOSED, "interrupted", e);
                }
                return super.score(prompt, labels, deadline);
            }
        };
        try (ModelServer server = peers.open(slow, precedence);
                RemoteModel remote = peers.asking(server.port())) {
            List<CompletableFuture<String>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return remote.score(PROMPT, LABELS, PATIENCE)
                                        .best()
                                        .label();
                            } catch (ModelUnavailable e) {
                                return String.valueOf(e.getMessage());
                            }
                        },
                        task -> Thread.ofVirtual().start(task)));
            }
            await().atMost(PATIENCE).until(() -> server.counts().sentAway() == 2);
            free.countDown();
            assertThat(all.stream().map(CompletableFuture::join))
                    .filteredOn(answer -> answer.equals("bearing ball"))
                    .hasSize(2);
        }
    }

    @Test
    void whoShowsNoCertificateOrAnotherOneGetsNoAnswer() throws Exception {
        PeerKey stranger = TestPeer.key(folder, "stranger", "127.0.0.1");
        assertThat(stranger.pin()).isNotEqualTo(peers.client.pin());
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel nobody = TestPeer.asking(
                        ServerKind.PENSTOCK,
                        server.port(),
                        new PeerTls(List.of(peers.server.pin()), null, null, null, null));
                RemoteModel another = TestPeer.asking(
                        ServerKind.PENSTOCK, server.port(), peers.tls("stranger", peers.server.pin()))) {
            // in TLS 1.3 the server's refusal may come after our question, or be lost with the connection
            assertThatThrownBy(() -> nobody.score(PROMPT, LABELS, PATIENCE))
                    .hasMessageMatching("(?s).*(it wants a client certificate: set certificate_file and key_file"
                            + "|does it take our client certificate\\?).*");
            assertThatThrownBy(() -> another.score(PROMPT, LABELS, PATIENCE))
                    .hasMessageMatching("(?s).*(it does not take our client certificate"
                            + "|does it take our client certificate\\?).*");
            assertThat(server.counts().questions()).isZero();
        }
        assertThat(model.asked).isEmpty();
    }

    @Test
    void aServerThatIsNotThePinnedOneIsRefusedInOneLine() throws Exception {
        PeerKey wrong = TestPeer.key(folder, "wrong", "127.0.0.1");
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel remote =
                        TestPeer.asking(ServerKind.PENSTOCK, server.port(), peers.tls("client", wrong.pin()))) {
            assertThatThrownBy(() -> remote.score(PROMPT, LABELS, PATIENCE))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class,
                            e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.NOT_RUNNING))
                    .hasMessageContaining("has the SHA-256 " + peers.server.pin() + ", which is none of those pinned")
                    .message()
                    .doesNotContain("\n");
        }
    }

    @Test
    void aPinnedCertificateThatHasExpiredIsRefusedAllTheSame() throws Exception {
        PeerKey old = TestPeer.key(folder, "old", Instant.now().minus(Duration.ofDays(40)), "127.0.0.1");
        try (ModelServer server = peers.open(model, precedence, peers.tls("old", peers.client.pin()));
                RemoteModel remote =
                        TestPeer.asking(ServerKind.PENSTOCK, server.port(), peers.tls("client", old.pin()))) {
            assertThatThrownBy(() -> remote.score(PROMPT, LABELS, PATIENCE))
                    .hasMessageContaining("expired at")
                    .message()
                    .doesNotContain("\n");
        }
    }

    @Test
    void aPinnedCertificateForAnotherHostIsRefusedAllTheSame() throws Exception {
        PeerKey other = TestPeer.key(folder, "other", "gw-b.example");
        try (ModelServer server = peers.open(model, precedence, peers.tls("other", peers.client.pin()));
                RemoteModel remote =
                        TestPeer.asking(ServerKind.PENSTOCK, server.port(), peers.tls("client", other.pin()))) {
            assertThatThrownBy(() -> remote.score(PROMPT, LABELS, PATIENCE))
                    .hasMessageContaining("is not for this host")
                    .message()
                    .doesNotContain("\n");
        }
    }

    @Test
    void aPublicKeysPinHoldsForARenewedCertificateOfIt() throws Exception {
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel remote = TestPeer.asking(
                        ServerKind.PENSTOCK,
                        server.port(),
                        peers.tls("client", Pin.ofKey(peers.server.certificate())))) {
            assertThat(remote.probe(PATIENCE)).isPositive();
        }
    }

    @Test
    void anAuthoritysFileLetsItsCertificatesInAndNoOthers() throws Exception {
        PeerTls byFile = new PeerTls(
                List.of(),
                folder.resolve("server.crt"),
                folder.resolve("client.crt"),
                folder.resolve("client.key"),
                null);
        try (ModelServer server = peers.open(model, precedence);
                RemoteModel remote = TestPeer.asking(ServerKind.PENSTOCK, server.port(), byFile)) {
            assertThat(remote.probe(PATIENCE)).isPositive();
        }
        PeerKey other = TestPeer.key(folder, "other", "127.0.0.1");
        assertThat(other).isNotNull();
        try (ModelServer server = peers.open(model, precedence, peers.tls("other", peers.client.pin()));
                RemoteModel remote = TestPeer.asking(ServerKind.PENSTOCK, server.port(), byFile)) {
            assertThatThrownBy(() -> remote.probe(PATIENCE)).hasMessageContaining("was not issued by a CA of ca_file");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {                                                                                    | the body is not JSON
            {"messages":[]}                                                                      | messages is no list
            {"messages":[{"role":"tool","content":"x"}]}                                         | a message's role
            {"messages":[{"role":"user","content":"x"}],"stream":true}                           | stream is true
            {"messages":[{"role":"user","content":"x"}],"max_tokens":0}                          | max_tokens
            {"messages":[{"role":"user","content":"x"}],"grammar":""}                            | grammar is no text
            {"messages":[{"role":"user","content":"x"}],"grammar":"root ::= [a]{1,9999999}"}     | grammar repeats
            {"messages":[{"role":"user","content":"x"}],"penstock":{"labels":["a"]}}             | penstock.labels
            {"messages":[{"role":"user","content":"x"}],"penstock":{"labels":["a","a"]}}         | penstock.labels
            {"messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}        | response_format.type
            """)
    void whatIsNotUnderstoodIsRefusedWithItsReason(String body, String reason) throws Exception {
        try (ModelServer server = peers.open(model, precedence)) {
            Reply reply = post(server.port(), body.strip().getBytes(UTF_8));
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.body()).contains(reason).contains("invalid_request_error");
            assertThat(server.counts().refused()).isEqualTo(1);
        }
        assertThat(model.asked).isEmpty();
    }

    @Test
    void aGrammarTooDeepForTheNativeReaderIsRefused() throws Exception {
        String deep = "root ::= " + "(".repeat(8_000) + "[a]" + ")".repeat(8_000);
        try (ModelServer server = peers.open(model, precedence)) {
            Reply reply = post(
                    server.port(),
                    ("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"grammar\":\"" + deep + "\"}")
                            .getBytes(UTF_8));
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.body()).contains("grammar is nested deeper than 64 parentheses");
        }
        assertThat(model.asked).isEmpty();
    }

    @Test
    void aBodyBeyondItsBoundIsRefusedUnread() throws Exception {
        try (ModelServer server = peers.open(model, precedence)) {
            assertThat(post(server.port(), new byte[300_000]).status()).isEqualTo(413);
            assertThat(server.counts().received()).isEqualTo(131_073);
        }
    }

    @Test
    void whoConnectsAndSaysNothingIsLetGoAndHindersNobody() throws Exception {
        try (ModelServer server = peers.open(model, precedence)) {
            List<Socket> silent = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                silent.add(new Socket("127.0.0.1", server.port()));
                // half of them begin a record of TLS and leave it at that
                if (i % 2 == 0) {
                    silent.getLast().getOutputStream().write(new byte[] {22, 3, 1, 1, 0});
                }
            }
            try (RemoteModel remote = peers.asking(server.port())) {
                assertThat(remote.probe(PATIENCE)).isPositive();
            }
            for (Socket one : silent) {
                one.setSoTimeout((int) PATIENCE.toMillis());
                InputStream in = one.getInputStream();
                await().atMost(PATIENCE).until(() -> ended(in));
                one.close();
            }
        }
    }

    private static boolean ended(InputStream in) {
        try {
            return in.read() < 0;
        } catch (java.io.IOException e) {
            return !(e instanceof java.net.SocketTimeoutException);
        }
    }

    private record Reply(int status, String body) {}

    /** By a socket of its own, so that what is sent is what is written here. */
    private Reply post(int port, byte[] body) throws Exception {
        SSLContext context = peers.tls("client", peers.server.pin()).context(InstantSource.system());
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(UTF_8));
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(body);
                    socket.getOutputStream().flush();
                } catch (java.io.IOException e) {
                    // the server does not take the rest: that is the point
                    Thread.currentThread().interrupt();
                }
            });
            String text = new String(readUntilBody(socket.getInputStream()), UTF_8);
            writer.join(PATIENCE);
            return new Reply(Integer.parseInt(text.split(" ")[1]), text.substring(text.indexOf("\r\n\r\n") + 4));
        }
    }

    private static byte[] readUntilBody(InputStream in) throws java.io.IOException {
        var all = new java.io.ByteArrayOutputStream();
        int expected = Integer.MAX_VALUE;
        while (all.size() < expected) {
            int b = in.read();
            if (b < 0) {
                break;
            }
            all.write(b);
            String text = all.toString(UTF_8);
            if (expected == Integer.MAX_VALUE && text.endsWith("\r\n\r\n")) {
                var length = java.util.regex.Pattern.compile("(?i)content-length: (\\d+)")
                        .matcher(text);
                expected = all.size() + (length.find() ? Integer.parseInt(length.group(1)) : 0);
            }
        }
        return all.toByteArray();
    }

    @Test
    void anAddressThatIsNeitherEncryptedNorLoopbackIsNoTarget() {
        for (String bad : List.of(
                "http://10.0.0.2:8080",
                "http://localhost:80",
                "https://user:secret@gw:1",
                "https://gw:1/?key=x",
                "ftp://gw")) {
            assertThatThrownBy(() -> new HttpWire.Target(URI.create(bad), null, PATIENCE, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new HttpWire.Target(URI.create("http://127.0.0.1:11434"), null, PATIENCE, 1).isPlain())
                .isTrue();
    }
}
