package io.penstock.daemon.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.infer.Breakers;
import io.penstock.daemon.infer.CandidateStatus;
import io.penstock.daemon.infer.Expert;
import io.penstock.daemon.infer.Failure;
import io.penstock.daemon.ingest.GatewayClock;
import io.penstock.daemon.peer.ModelServer;
import io.penstock.daemon.peer.Standby;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.worker.WorkerStatus;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import io.penstock.sensors.reading.SourceHealth;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {
    private static final ActionTimes ACTIONS = new ActionTimes(Map.of(
            ActionTimes.Step.ALARM, new ActionTimes.Spread(3, 0.02, 0.05, 0.07, 0.14),
            ActionTimes.Step.SEEN, new ActionTimes.Spread(1, 60, 60, 60, 60)));
    private static final ActionTimes NO_ACTIONS = new ActionTimes(Map.of());

    private static final Pattern SAMPLE = Pattern.compile(
            "([a-z_]+)(\\{([a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\")(,[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\")*\\})?"
                    + " (-?[0-9]+(?:\\.[0-9]+)?(?:E-?[0-9]+)?)");

    @Test
    void theTextIsOpenMetricsWithEachFamilyOnceAndItsSamplesBehindIt() {
        String text = OpenMetricsText.of(status(), OptionalLong.of(2), OptionalLong.of(3), ACTIONS);
        assertThat(text).endsWith("# EOF\n");
        Map<String, String> types = new HashMap<>();
        Set<String> samples = new HashSet<>();
        String family = "";
        for (String line : text.substring(0, text.length() - "# EOF\n".length()).split("\n")) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ");
                family = words[2];
                assertThat(types.put(family, words[3]))
                        .as("family %s once", family)
                        .isNull();
            } else if (line.startsWith("#")) {
                assertThat(line).matches("# (UNIT|HELP) " + family + " .+");
            } else {
                Matcher m = SAMPLE.matcher(line);
                assertThat(m.matches()).as("sample %s", line).isTrue();
                assertThat(m.group(1)).isIn(names(family, types.getOrDefault(family, "none")));
                assertThat(samples.add(line.substring(0, line.lastIndexOf(' '))))
                        .as(line)
                        .isTrue();
            }
        }
        assertThat(text)
                .contains(
                        "penstock_action_seconds{step=\"alarm\",quantile=\"0.95\"} 0.05\n",
                        "penstock_action_seconds_count{step=\"seen\"} 1\n")
                .contains("penstock_readings_total 1000\n", "penstock_cases_open 2\n", "penstock_outbox_messages 3\n")
                .contains("penstock_source_rejects_total{source=\"hall \\\"2\\\"\\\\\\n\",reason=\"unit\"} 4\n")
                .contains(
                        "penstock_clock_trust{penstock_clock_trust=\"suspect\"} 1\n", "penstock_clock_steps_total 2\n")
                .contains(
                        "penstock_model_evictions_total{model=\"small\"} 1\n",
                        "penstock_model_waiting{model=\"small\"} 4\n",
                        "penstock_model_running{model=\"small\"} 1\n",
                        "penstock_candidate_left_alone{model=\"small\",kind=\"local\"} 1\n",
                        "penstock_candidate_answers_total{model=\"small\",kind=\"local\"} 9\n")
                .contains("penstock_commit_seconds_bucket{le=\"0.005\"} 1\n")
                .contains("penstock_commit_seconds_bucket{le=\"+Inf\"} 2\n", "penstock_commit_seconds_sum 90.004\n")
                .contains("penstock_anomaly_events_untold_total 3\n", "penstock_full_disk_sheds_total ")
                .contains("penstock_commit_lag_seconds 0.25\n", "penstock_source_lag_seconds -1\n");
    }

    private static List<String> names(String family, String type) {
        return switch (type) {
            case "counter" -> List.of(family + "_total");
            case "info" -> List.of(family + "_info");
            case "summary" -> List.of(family, family + "_count", family + "_sum");
            case "histogram" -> List.of(family + "_bucket", family + "_count", family + "_sum");
            default -> List.of(family);
        };
    }

    @Test
    void whatTheStoreCannotTellIsLeftOut() {
        assertThat(OpenMetricsText.of(status(), OptionalLong.empty(), OptionalLong.empty(), NO_ACTIONS))
                .doesNotContain("penstock_cases_open", "penstock_outbox");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0:9464",
                "192.168.1.5:9464",
                "localhost:9464",
                "127.0.0.1",
                ":9464",
                "127.0.0.1:0",
                "127.0.0.1:65536",
                "127.0.0.999:9464",
                "[::]:9464",
                "example.com:80",
                "127.0.0.1:9464/x",
                "::ffff:10.0.0.1:80"
            })
    void anAddressThatIsNotLoopbackIsRefused(String address) {
        assertThatThrownBy(() -> MetricsAddress.parse(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a loopback address");
    }

    @Test
    void loopbackIsTakenInBothVersions() {
        assertThat(MetricsAddress.parse("127.0.0.2:9464")).hasToString("127.0.0.2:9464");
        assertThat(MetricsAddress.parse("[::1]:9464")).hasToString("[::1]:9464");
    }

    @Test
    void onlyGettingThePathIsAnswered() throws Exception {
        int port = freePort();
        try (MetricsPort open = MetricsPort.open(new MetricsAddress("127.0.0.1", port), () -> "# EOF\n")) {
            assertThat(code(port, "GET", "/metrics")).isEqualTo(200);
            assertThat(code(port, "POST", "/metrics")).isEqualTo(405);
            assertThat(code(port, "GET", "/")).isEqualTo(404);
            assertThat(code(port, "GET", "/metrics/../etc/passwd")).isEqualTo(404);
        }
    }

    @Test
    void theShareThatStayedWithinABoundIsTold() {
        TimeHistogram times = new TimeHistogram();
        assertThat(times.counts().within(0.99)).isNaN();
        for (int i = 0; i < 99; i++) {
            times.add(Duration.ofMillis(4));
        }
        times.add(Duration.ofSeconds(2));
        assertThat(times.counts().within(0.99)).isEqualTo(0.005);
        assertThat(times.counts().within(1)).isEqualTo(2.5);
    }

    @Test
    void aDeviceCenturiesAheadIsToldLikeAnyOther() {
        long year9999 = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond() * 1_000_000;
        GatewayStatus ahead = status(year9999);
        assertThat(ahead.json()).contains("\"source_lag_s\":-2.5340");
        assertThat(OpenMetricsText.of(ahead, OptionalLong.empty(), OptionalLong.empty(), NO_ACTIONS))
                .contains("penstock_source_lag_seconds -253402214399");
    }

    private static GatewayStatus status() {
        return status(2_000_000);
    }

    private static GatewayStatus status(long sourceMicros) {
        LaneFigures figures = new LaneFigures();
        Reading newest = new Reading.Scalar(new ChannelId("a", "b"), sourceMicros, 1_000_000, Quality.GOOD, 1);
        figures.committed(Duration.ofMillis(4), newest, 1_100_000);
        figures.committed(Duration.ofSeconds(90), newest, 1_250_000);
        return new GatewayStatus(
                "0.1.0",
                Duration.ofSeconds(5),
                1_000,
                1,
                2,
                3,
                4,
                5,
                6,
                0,
                0,
                Duration.ofSeconds(7),
                "",
                0,
                "off",
                new GatewayClock.State(
                        GatewayClock.Trust.SUSPECT, 1_700_000_000_000_000L, 2, 1_700_000_001_000_000L, 3_500_000),
                ConfigState.unnamed(),
                figures.now(),
                List.of(new GatewayStatus.Source(
                        "hall \"2\"\\\n",
                        new SourceHealth(SourceHealth.State.RUNNING, "", 1_000, Map.of(RejectReason.UNIT, 4L), 0),
                        List.of())),
                List.of(new WorkerStatus(
                        "small",
                        "aa",
                        WorkerStatus.State.RUNNING,
                        7,
                        3,
                        2,
                        1,
                        4,
                        true,
                        Duration.ofMillis(400),
                        250,
                        512,
                        "CPU",
                        Optional.empty(),
                        "")),
                List.of(new CandidateStatus(
                        "small",
                        Expert.Kind.LOCAL,
                        List.of("general"),
                        new Breakers.Standing(Optional.of(Failure.SLOW), Optional.empty(), 9, 2, "late"))),
                new PeerStatus(
                        List.of(new PeerStatus.One(
                                new Standby.Status(
                                        "gw-b",
                                        URI.create("https://gw-b:8443"),
                                        new Standby.Standing(true, Duration.ofMillis(80), ""),
                                        "",
                                        3,
                                        new HttpWire.Counts(5, 1, 900, 700)),
                                2,
                                1)),
                        "on",
                        new ModelServer.Counts(9, 4, 3, 1, 1, 0, 0),
                        "on",
                        new SovereignEndpoint.Status("on", 6, 5, 2, new HttpWire.Counts(6, 1, 4_000, 3_000))));
    }

    private static int code(int port, String method, String path) throws Exception {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        connection.setRequestMethod(method);
        return connection.getResponseCode();
    }

    private static int freePort() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
