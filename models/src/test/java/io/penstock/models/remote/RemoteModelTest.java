package io.penstock.models.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.language.Prompt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may send, and what becomes of it: everything is bounded in bytes and time, and nothing is believed. */
class RemoteModelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final Prompt PROMPT = new Prompt("You help.", "Evidence: secret-tag-7 hot\nFault:");
    private static final List<String> LABELS = List.of("bearing ball", "leak", "cavitation");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST = 65_536;

    @TempDir
    Path folder;

    /** Speaks as its script says, byte for byte, one connection after the other. */
    private static final class Scripted implements AutoCloseable {
        interface Script {
            void play(InputStream in, OutputStream out) throws Exception;
        }

        final ServerSocket socket = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        final AtomicInteger connections = new AtomicInteger();

        Scripted(Script script) throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket one = socket.accept()) {
                        connections.incrementAndGet();
                        script.play(one.getInputStream(), one.getOutputStream());
                    } catch (Exception e) {
                        // the client has gone: what the tests are about
                        continue;
                    }
                }
            });
        }

        /** Answers every request with a status and a body; the request is kept. */
        static Scripted answering(int status, String headers, String body, Requests kept) throws IOException {
            return new Scripted((in, out) -> {
                kept.read(in);
                out.write(("HTTP/1.1 " + status + " x\r\n" + headers + "Content-Length: " + body.getBytes(UTF_8).length
                                + "\r\nConnection: close\r\n\r\n" + body)
                        .getBytes(UTF_8));
            });
        }

        RemoteModel asked(ServerKind kind) {
            return asked(kind, null);
        }

        RemoteModel asked(ServerKind kind, @Nullable Path token) {
            return new RemoteModel("standby b", kind, "m", wire(token));
        }

        HttpWire wire(@Nullable Path token) {
            return new HttpWire(
                    new HttpWire.Target(
                            URI.create("http://127.0.0.1:" + socket.getLocalPort()),
                            token,
                            Duration.ofSeconds(2),
                            MOST),
                    () -> {
                        throw new IOException("no TLS on loopback");
                    });
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Requests {
        private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");
        volatile String head = "";
        volatile String body = "";

        void read(InputStream in) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            while (!all.toString(UTF_8).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("the client ended in its head");
                }
                all.write(b);
            }
            head = all.toString(UTF_8);
            Matcher length = LENGTH.matcher(head);
            assertThat(length.find()).isTrue();
            body = new String(in.readNBytes(Integer.parseInt(length.group(1))), UTF_8);
        }
    }

    @Test
    void aServerThatTakesTheQuestionAndFallsSilentIsLeftAtTheDeadline() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (Scripted server = new Scripted((in, out) -> {
                    in.transferTo(OutputStream.nullOutputStream());
                    gone.countDown();
                });
                RemoteModel model = server.asked(ServerKind.PENSTOCK)) {
            long began = System.nanoTime();
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, SHORT))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(Reason.DEADLINE))
                    .hasMessage("standby b: no answer within 700 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SHORT.multipliedBy(4));
            // the connection is not left open behind it
            assertThat(gone.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anAnswerThatDripsWithoutEndIsLeftAtTheDeadline() throws Exception {
        try (Scripted server = new Scripted((in, out) -> {
                    new Requests().read(in);
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n".getBytes(UTF_8));
                    CountDownLatch never = new CountDownLatch(1);
                    while (!never.await(20, TimeUnit.MILLISECONDS)) {
                        out.write(' ');
                        out.flush();
                    }
                });
                RemoteModel model = server.asked(ServerKind.PENSTOCK)) {
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, SHORT))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(Reason.DEADLINE));
        }
    }

    @Test
    void ofAnAnswerOfAGigabyteNoMoreThanTheBoundIsTaken() throws Exception {
        AtomicLong taken = new AtomicLong();
        CountDownLatch ended = new CountDownLatch(1);
        try (Scripted server = new Scripted((in, out) -> {
                    new Requests().read(in);
                    try {
                        out.write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".getBytes(UTF_8));
                        byte[] block = new byte[65_536];
                        while (taken.get() < 1L << 30) {
                            out.write(block);
                            taken.addAndGet(block.length);
                        }
                    } finally {
                        ended.countDown();
                    }
                });
                RemoteModel model = server.asked(ServerKind.PENSTOCK)) {
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(Reason.FAILED))
                    .hasMessageContaining("its answer is longer than 65536 bytes");
            assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            // what the kernel's buffers hold besides
            assertThat(taken.get()).isLessThan(16L << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0000\u0001\u0002\u0003garbage\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
                ""
            })
    void garbageIsAFailureInOneLineAndTriedOnce(String bytes) throws Exception {
        try (Scripted server = new Scripted((in, out) -> {
                    new Requests().read(in);
                    out.write(bytes.getBytes(UTF_8));
                });
                HttpWire wire = server.wire(null)) {
            RemoteModel model = new RemoteModel("standby b", ServerKind.PENSTOCK, "m", wire);
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                    .isInstanceOf(ModelUnavailable.class)
                    .message()
                    .startsWith("standby b: ")
                    .doesNotContain("\n", "secret-tag-7");
            assertThat(wire.counts().tries()).isEqualTo(1);
            assertThat(server.connections.get()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "429, NOT_RUNNING, it is busy",
        "503, NOT_RUNNING, it is busy",
        "401, NOT_RUNNING, is token_file right?",
        "404, NOT_RUNNING, are url and model right?",
        "307, NOT_RUNNING, which is not followed",
        "400, FAILED, is server (its kind) right?",
        "500, FAILED, status 500"
    })
    void aStatusIsToldInPlainWordsAndNoRedirectIsFollowed(int status, Reason reason, String words) throws Exception {
        Requests requests = new Requests();
        try (Scripted elsewhere = Scripted.answering(200, "", "{}", new Requests());
                Scripted server = Scripted.answering(
                        status,
                        "Location: http://127.0.0.1:" + elsewhere.socket.getLocalPort() + "/\r\n",
                        "{\"error\":\"secret-tag-7\"}",
                        requests);
                RemoteModel model = server.asked(ServerKind.PENSTOCK)) {
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessageContaining(words)
                    .message()
                    .doesNotContain("secret-tag-7");
            assertThat(elsewhere.connections.get()).isZero();
        }
    }

    @Test
    void theQuestionStandsInTheBodyAloneAndTheTokenIsReadFromItsFile() throws Exception {
        Requests requests = new Requests();
        Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
        try (Scripted server = Scripted.answering(200, "", penstock(0.5, 0.3, 0.2), requests);
                RemoteModel model = server.asked(ServerKind.PENSTOCK, token)) {
            assertThat(model.score(PROMPT, LABELS, PATIENCE).best().label()).isEqualTo("bearing ball");
            assertThat(requests.head)
                    .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
                    .contains("Authorization: Bearer s3cret\r\n")
                    .doesNotContain("secret-tag-7");
            assertThat(requests.body).contains("secret-tag-7").doesNotContain("s3cret");
            Files.writeString(token, "two words\r\nX-Other: 1\n");
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE)).hasMessageContaining("is no token");
        }
    }

    private static String penstock(double... probabilities) {
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < probabilities.length; i++) {
            labels.append(i == 0 ? "" : ",")
                    .append("{\"label\":\"")
                    .append(LABELS.get(i))
                    .append("\",\"log_probability\":-2.5,\"probability\":")
                    .append(probabilities[i])
                    .append('}');
        }
        return "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"penstock\":{\"labels\":[" + labels + "]}}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}",
                "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"penstock\":{\"labels\":[1,2,3]}}",
                "few",
                "sum",
                "nan"
            })
    void probabilitiesThatAreNoneAreRefused(String answer) throws Exception {
        String body = switch (answer) {
            case "few" -> penstock(0.5, 0.5);
            case "sum" -> penstock(0.5, 0.5, 0.5);
            case "nan" -> penstock(0.5, 0.5, Double.NaN);
            default -> answer;
        };
        try (Scripted server = Scripted.answering(200, "", body, new Requests());
                RemoteModel model = server.asked(ServerKind.PENSTOCK)) {
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                    .isInstanceOfSatisfying(
                            ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(Reason.FAILED));
        }
    }

    @Test
    void byLetterTheProbabilitiesOfTheFirstTokenAreThoseOfTheLabels() throws Exception {
        Requests requests = new Requests();
        String answer = """
                {"choices":[{"message":{"role":"assistant","content":"B"},"logprobs":{"content":[{"token":"B","logprob":-0.6931,
                "top_logprobs":[{"token":"B","logprob":-0.6931},{"token":" B","logprob":-2.3026},{"token":"A","logprob":-1.3863},
                {"token":"The","logprob":-3.0}]}]}}],"usage":{"prompt_tokens":61,"completion_tokens":1}}""";
        try (Scripted server = Scripted.answering(200, "", answer, requests);
                RemoteModel model = server.asked(ServerKind.LLAMA_CPP)) {
            LabelScores scores = model.score(PROMPT, LABELS, PATIENCE);
            double floor = Math.exp(-3.0);
            double sum = 0.5 + 0.1 + 0.25 + floor;
            assertThat(scores.best().label()).isEqualTo("leak");
            assertThat(scores.best().probability()).isCloseTo(0.6 / sum, within(1e-3));
            assertThat(scores.scores().get(2).probability()).isCloseTo(floor / sum, within(1e-3));
            assertThat(scores.promptTokens()).isEqualTo(61);
            JsonNode asked = JSON.readTree(requests.body);
            assertThat(asked.path("grammar").asText()).isEqualTo("root ::= [A-C]");
            assertThat(asked.path("logprobs").asBoolean()).isTrue();
            assertThat(asked.at("/messages/1/content").asText()).contains("B) leak");
        }
    }

    @Test
    void lettersThatAreNotToldShareWhatIsLeft() throws Exception {
        String answer = """
                {"choices":[{"message":{"content":"A"},"logprobs":{"content":[{"top_logprobs":[{"token":"A","logprob":-0.01}]}]}}]}""";
        try (Scripted server = Scripted.answering(200, "", answer, new Requests());
                RemoteModel model = server.asked(ServerKind.OPENAI)) {
            assertThat(model.score(PROMPT, LABELS, PATIENCE).best().probability())
                    .isGreaterThan(0.97);
        }
    }

    @Test
    void aChoiceWithoutProbabilityCountsHalfAndProseIsNoChoice() throws Exception {
        try (Scripted server = Scripted.answering(
                        200, "", "{\"choices\":[{\"message\":{\"content\":\" C.\"}}]}", new Requests());
                RemoteModel model = server.asked(ServerKind.OLLAMA)) {
            LabelScores scores = model.score(PROMPT, LABELS, PATIENCE);
            assertThat(scores.best().label()).isEqualTo("cavitation");
            assertThat(scores.best().probability()).isEqualTo(0.5);
            assertThat(scores.scores().getFirst().probability()).isEqualTo(0.25);
        }
        try (Scripted server = Scripted.answering(
                        200, "", "{\"choices\":[{\"message\":{\"content\":\"Certainly!\"}}]}", new Requests());
                RemoteModel model = server.asked(ServerKind.OLLAMA)) {
            assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE)).hasMessageContaining("none of the letters");
        }
    }

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void theFormOfAnExplanationIsAskedForInEachServersDialect(ServerKind kind) throws Exception {
        Requests requests = new Requests();
        ObjectNode schema = JSON.createObjectNode().put("type", "object");
        try (Scripted server =
                        Scripted.answering(200, "", "{\"choices\":[{\"message\":{\"content\":\"{}\"}}]}", requests);
                RemoteModel model = server.asked(kind)) {
            assertThat(model.complete(PROMPT, "root ::= \"{}\"", schema, 20, PATIENCE)
                            .text())
                    .isEqualTo("{}");
            JsonNode asked = JSON.readTree(requests.body);
            switch (kind) {
                case PENSTOCK, LLAMA_CPP ->
                    assertThat(asked.path("grammar").asText()).isEqualTo("root ::= \"{}\"");
                case VLLM ->
                    assertThat(asked.at("/structured_outputs/grammar").asText()).isEqualTo("root ::= \"{}\"");
                case OLLAMA, OPENAI ->
                    assertThat(asked.at("/response_format/json_schema/schema")).isEqualTo(schema);
            }
            assertThat(asked.path("max_tokens").asInt()).isEqualTo(20);
            assertThat(asked.path("temperature").asInt()).isZero();
        }
    }

    @Test
    void nothingListeningIsSaidInOneLineAndAClosedModelAsksNobody() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        RemoteModel model = new RemoteModel(
                "standby b",
                ServerKind.PENSTOCK,
                "m",
                new HttpWire(
                        new HttpWire.Target(URI.create("http://127.0.0.1:" + port), null, Duration.ofSeconds(2), MOST),
                        () -> {
                            throw new IOException("no TLS on loopback");
                        }));
        assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                .hasMessage("standby b: nothing listens there: is the server running, is the port right?");
        model.close();
        assertThatThrownBy(() -> model.score(PROMPT, LABELS, PATIENCE))
                .isInstanceOfSatisfying(
                        ModelUnavailable.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    }
}
