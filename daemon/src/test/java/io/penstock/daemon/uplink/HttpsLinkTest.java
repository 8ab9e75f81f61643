package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real HTTPS server that wants our certificate. */
class HttpsLinkTest {
    private static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(44));
    private static TestTls authority;
    private static TestTls other;

    @TempDir
    Path folder;

    private final List<byte[]> posted = new CopyOnWriteArrayList<>();
    private byte[] answer = {};
    private String answerType = HttpsLink.TYPE;
    private int status = 200;
    /** Bytes of the answer that are promised and never come. */
    private int missing;

    private Duration patience = Duration.ofSeconds(30);

    private final List<HttpsServer> servers = new ArrayList<>();

    @BeforeAll
    static void authorities() throws Exception {
        authority = TestTls.authority("hub CA");
        other = TestTls.authority("other CA");
    }

    private HttpsLink link(TestTls shown, MqttTls tls, boolean listens) throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 5);
        server.setHttpsConfigurator(new HttpsConfigurator(shown.server()) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
                ssl.setNeedClientAuth(true);
                parameters.setSSLParameters(ssl);
            }
        });
        server.createContext("/frames", exchange -> {
            assertThat(exchange.getRequestMethod()).isEqualTo("POST");
            assertThat(exchange.getRequestHeaders().getFirst("Content-Type")).isEqualTo(HttpsLink.TYPE);
            posted.add(exchange.getRequestBody().readAllBytes());
            exchange.getResponseHeaders().set("Content-Type", answerType);
            exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length + missing);
            exchange.getResponseBody().write(answer);
            exchange.getResponseBody().flush();
            if (missing == 0) {
                exchange.close();
            }
        });
        server.start();
        servers.add(server);
        return new HttpsLink(
                URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/frames"), tls, listens, patience);
    }

    private MqttTls tls(TestTls trusted, TestTls ours) throws Exception {
        return new MqttTls(
                trusted.writeCertificate(folder.resolve("trust.pem")),
                ours.writeCertificate(folder.resolve("ours.pem")),
                ours.writeKey(folder.resolve("ours.key")),
                null,
                MqttTls.Minimum.TLS_1_2);
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    private static byte[] frame(int counter, String content) {
        return FrameSeal.seal(KEY, counter, content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFrameIsPostedAsItIsAndTheAnswersCommandsComeInTheirOrder() throws Exception {
        byte[] first = frame(1, "down one");
        byte[] second = frame(2, "down two, longer than the first by some bytes");
        ByteArrayOutputStream sequence = new ByteArrayOutputStream();
        sequence.writeBytes(first);
        sequence.writeBytes(second);
        answer = sequence.toByteArray();
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), true)) {
            byte[] up = frame(7, "up");
            link.send(1, 7, up);
            assertThat(posted).containsExactly(up);
            assertThat(link.received()).containsExactly(first, second);
            assertThat(link.received()).isEmpty();
            link.ask();
            assertThat(posted.getLast()).isEmpty();
            assertThat(link.received()).hasSize(2);
            // a contact that ended, and the next one
            link.hangUp();
            link.send(1, 7, up);
            assertThat(posted).hasSize(3);
        }
    }

    @Test
    void withoutListeningNothingOfAnAnswerIsTaken() throws Exception {
        answer = frame(1, "down");
        try (HttpsLink link = link(
                authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), false)) {
            link.send(1, 7, frame(7, "up"));
            assertThat(link.received()).isEmpty();
            assertThat(link.mustAsk()).isFalse();
        }
    }

    @Test
    void anAnswerInWordsHoldsNoCommand() throws Exception {
        answer = "{\"taken\":1}".getBytes(StandardCharsets.UTF_8);
        answerType = "application/json";
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), true)) {
            link.send(1, 7, frame(7, "up"));
            assertThat(link.received()).isEmpty();
        }
    }

    @Test
    void aHubThatIsNotThePinnedOneGetsNoFrame() throws Exception {
        try (HttpsLink link =
                link(other.issue("hub", "127.0.0.1"), tls(authority, other.issue("site", "127.0.0.9")), true)) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up"))).isInstanceOf(IOException.class);
        }
        assertThat(posted).isEmpty();
    }

    @Test
    void aHubOfAnotherNameGetsNoFrame() throws Exception {
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.2"), tls(authority, authority.issue("site", "127.0.0.9")), true)) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up"))).isInstanceOf(IOException.class);
        }
        assertThat(posted).isEmpty();
    }

    @Test
    void aSiteWithoutTheRightCertificateIsNotLetIn() throws Exception {
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, other.issue("site", "127.0.0.9")), true)) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up"))).isInstanceOf(IOException.class);
        }
        assertThat(posted).isEmpty();
    }

    @Test
    void anAnswerThatIsNo200MayHaveCostAndAClosedPortHasNot() throws Exception {
        status = 503;
        HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), true);
        try (link) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up")))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("503");
            servers.getFirst().stop(0);
            link.hangUp();
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up")))
                    .isInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("connect");
        }
    }

    @Test
    @Timeout(30)
    void anAnswerThatStopsInItsMiddleHoldsNoLane() throws Exception {
        patience = Duration.ofSeconds(5);
        missing = 1_000;
        answer = frame(1, "down");
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), true)) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up")))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("no whole answer");
            assertThat(link.received()).isEmpty();
            // the next contact is a new one
            missing = 0;
            link.send(1, 7, frame(7, "up"));
            assertThat(link.received()).hasSize(1);
        }
    }

    @Test
    void aCertificateThatCannotBeReadCostsNothingAndServesAgainWhereItCan() throws Exception {
        MqttTls tls = tls(authority, authority.issue("site", "127.0.0.9"));
        Path key = folder.resolve("ours.key");
        byte[] renewed = Files.readAllBytes(key);
        try (HttpsLink link = link(authority.issue("hub", "127.0.0.1"), tls, true)) {
            Files.delete(key);
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up")))
                    .isInstanceOf(UplinkLink.NotCarried.class)
                    .hasMessageContaining("ours.key");
            Files.write(key, renewed);
            link.send(1, 7, frame(7, "up"));
            assertThat(posted).hasSize(1);
        }
    }

    @Test
    void anAnswerLongerThanAnyHubGivesIsNotKept() throws Exception {
        answer = new byte[UplinkLink.MOST_RECEIVED * FrameSeal.LONGEST + 1];
        try (HttpsLink link =
                link(authority.issue("hub", "127.0.0.1"), tls(authority, authority.issue("site", "127.0.0.9")), true)) {
            assertThatThrownBy(() -> link.send(1, 7, frame(7, "up"))).isInstanceOf(IOException.class);
            assertThat(link.received()).isEmpty();
        }
    }
}
