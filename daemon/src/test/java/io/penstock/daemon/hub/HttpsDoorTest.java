package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.HubCertificates;
import io.penstock.daemon.fleet.Cost;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client that posts frames is told, and when. */
@Timeout(60)
class HttpsDoorTest {
    private static final byte[] FRAME = {(byte) 0x83, 1, 2, 3};

    @TempDir
    private Path folder;

    private byte[] waiting = {};
    private final ArrivalQueue queue = new ArrivalQueue(100);
    private final HubCertificates authority = authority();
    private HttpsDoor door;
    private HttpClient client;

    private static HubCertificates authority() {
        try {
            return HubCertificates.authority("Sites CA");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static HttpClient client(SSLContext tls) {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    @BeforeEach
    void open() throws Exception {
        HubCertificates ours = authority.issue("hub");
        MqttTls tls = new MqttTls(
                authority.writeCertificate(folder.resolve("ca.pem")),
                ours.writeCertificate(folder.resolve("hub.pem")),
                ours.writeKey(folder.resolve("hub.key")),
                null,
                MqttTls.Minimum.TLS_1_2);
        door = new HttpsDoor(new HubSettings.Https("127.0.0.1", 0, tls, 4, null), queue, site -> waiting);
        door.start();
        client = client(authority.issue("works").client(true));
    }

    @AfterEach
    void close() {
        client.close();
        door.close();
    }

    private HttpRequest post(String path, byte[] body) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + door.port() + path))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    private CompletableFuture<HttpResponse<String>> posted(byte[] body) {
        return client.sendAsync(post("/v1/frames/works", body), HttpResponse.BodyHandlers.ofString());
    }

    /** The hub's lane, for so many frames. */
    private void settle(int frames, Function<Arrival, Verdict> verdict) throws Exception {
        for (int i = 0; i < frames; i++) {
            List<Arrival> taken = queue.take(1, Duration.ofSeconds(20));
            assertThat(taken).hasSize(1);
            taken.getFirst().settled().accept(verdict.apply(taken.getFirst()));
        }
    }

    private static Verdict taken() {
        return new Verdict.Taken(1, 1, new Cost(1, 1, 0), new byte[0], true, List.of());
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return new ObjectMapper().readTree(response.body());
    }

    @Test
    void aFrameIsAnsweredWhenItIsSavedAndNotBefore() throws Exception {
        AtomicBoolean saved = new AtomicBoolean();
        CompletableFuture<Boolean> answered = posted(FRAME).thenApply(response -> {
            assertThat(response.statusCode()).isEqualTo(200);
            return saved.get();
        });
        settle(1, arrival -> {
            assertThat(arrival.site()).isEqualTo("works");
            assertThat(arrival.frame()).isEqualTo(FRAME);
            assertThat(answered).isNotDone();
            saved.set(true);
            return taken();
        });
        assertThat(answered.get()).isTrue();
    }

    @Test
    void aSequenceIsTakenPieceByPieceAndWhatIsNoneIsCounted() throws Exception {
        byte[] body = {(byte) 0x83, 1, 2, 3, (byte) 0x83, 4, 5, 6, 7};
        CompletableFuture<HttpResponse<String>> response = posted(body);
        settle(1, arrival -> taken());
        settle(1, arrival -> new Verdict.Known(1, 1));
        settle(1, arrival -> new Verdict.Refused(Verdict.Reason.TRUNCATED, ""));
        assertThat(response.get().statusCode()).isEqualTo(200);
        assertThat(response.get().headers().firstValue("Penstock-Frames")).contains("taken=1, known=1, truncated=1");
        assertThat(response.get().body()).isEmpty();
    }

    @Test
    void aFrameThatIsRefusedIsNotSaidToBeTaken() throws Exception {
        CompletableFuture<HttpResponse<String>> response = posted(FRAME);
        settle(1, arrival -> new Verdict.Refused(Verdict.Reason.WRONG_KEY, ""));
        assertThat(response.get().statusCode()).isEqualTo(422);
        assertThat(json(response.get()).at("/refused/wrong_key").asInt()).isEqualTo(1);
    }

    @Test
    void whatWaitsForASiteGoesDownWithTheAnswerAndToNobodyElse() throws Exception {
        waiting = "two commands".getBytes(StandardCharsets.UTF_8);
        CompletableFuture<HttpResponse<String>> response = posted(FRAME);
        settle(1, arrival -> taken());
        assertThat(response.get().body()).isEqualTo("two commands");
        assertThat(response.get().headers().firstValue("Content-Type")).contains("application/cose");
        HttpResponse<String> asked = posted(new byte[0]).get();
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.body()).isEqualTo("two commands");
        HttpResponse<String> another =
                client.send(post("/v1/frames/mill", new byte[0]), HttpResponse.BodyHandlers.ofString());
        assertThat(another.statusCode()).isEqualTo(200);
        assertThat(another.body()).isEmpty();
        assertThat(queue.depth()).isZero();
    }

    @Test
    void otherRequestsAreToldWhereFramesGo() throws Exception {
        HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
        assertThat(client.send(post("/", FRAME), text).statusCode()).isEqualTo(404);
        assertThat(client.send(post("/v1/frames/", FRAME), text).statusCode()).isEqualTo(404);
        assertThat(client.send(post("/v1/frames/works", new byte[70_000]), text).statusCode())
                .isEqualTo(413);
        HttpRequest get = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + door.port() + "/v1/frames/works"))
                .build();
        assertThat(client.send(get, text).statusCode()).isEqualTo(405);
        assertThat(queue.depth()).isZero();
    }

    @Test
    void aClientWithoutACertificateOrWithAnothersDoesNotGetIn() throws Exception {
        HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
        try (HttpClient none = client(authority.issue("works").client(false))) {
            assertThatThrownBy(() -> none.send(post("/v1/frames/works", FRAME), text))
                    .isInstanceOf(IOException.class);
        }
        HubCertificates stranger = HubCertificates.authority("another CA").issue("works");
        HubCertificates disguised =
                new HubCertificates("works", stranger.keys(), stranger.certificate(), authority.certificate());
        try (HttpClient another = client(disguised.client(true))) {
            assertThatThrownBy(() -> another.send(post("/v1/frames/works", FRAME), text))
                    .isInstanceOf(IOException.class);
        }
        assertThat(queue.depth()).isZero();
    }

    @Test
    void moreThanItMayHoldAtOnceIsSentAwayForNow() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> waiting =
                List.of(posted(FRAME), posted(FRAME), posted(FRAME), posted(FRAME));
        await().until(() -> queue.depth() == 4);
        assertThat(posted(FRAME).get().statusCode()).isEqualTo(503);
        settle(4, arrival -> taken());
        for (CompletableFuture<HttpResponse<String>> each : waiting) {
            assertThat(each.get().statusCode()).isEqualTo(200);
        }
    }
}
