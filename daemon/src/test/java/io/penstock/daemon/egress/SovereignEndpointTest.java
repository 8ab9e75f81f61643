package io.penstock.daemon.egress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.CheckedDiagnosis;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import io.penstock.daemon.check.ModelAnswer;
import io.penstock.daemon.egress.SovereignEndpoint.Consulted;
import io.penstock.daemon.peer.PeerTls;
import io.penstock.daemon.peer.StandbySettings;
import io.penstock.daemon.route.Complexity;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.route.Signals;
import io.penstock.daemon.route.Task;
import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.Tariff;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.ServerKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint asked for real, over HTTP on loopback: when it is asked, what it costs, and what stands on disk when. */
class SovereignEndpointTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final SymptomMatrix francis = ShippedMatrices.of("hydro_francis");
    private final CaseRecord record = Evidence.record(francis, Evidence.lines("bearing_temperature_high"));
    private final List<String> received = new ArrayList<>();
    private final List<Boolean> notedBefore = new ArrayList<>();
    private HttpServer server;
    private String explanation = "";
    private int status = 200;
    private byte @Nullable [] other;
    private boolean diskFull;

    SovereignEndpointTest() throws Exception {}

    @BeforeEach
    void serve() throws IOException {
        explanation =
                "{\"fault\": \"overheating lubrication\", \"because\": [1], \"summary\": \"Bearing temperature is very high on P1.\"}";
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4);
        server.createContext("/v1/chat/completions", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            received.add(body);
            List<EgressLog.Line> lines = EgressLog.read(EgressLog.folder(store()));
            notedBefore.add(!lines.isEmpty()
                    && lines.getLast().isQuestion()
                    && lines.getLast().json().path("body").asText().equals(body));
            if (diskFull) {
                fillDisk();
            }
            byte[] instead = other;
            if (instead != null) {
                exchange.sendResponseHeaders(status, instead.length);
                exchange.getResponseBody().write(instead);
                exchange.close();
                return;
            }
            var answer = JSON.createObjectNode();
            var choice = answer.putArray("choices").addObject();
            if (body.contains("logprobs")) {
                int letter = letter(body, "overheating lubrication");
                choice.putObject("message").put("content", "" + (char) ('A' + letter));
                choice.putObject("logprobs")
                        .putArray("content")
                        .addObject()
                        .putArray("top_logprobs")
                        .addObject()
                        .put("token", "" + (char) ('A' + letter))
                        .put("logprob", -0.01);
            } else {
                choice.putObject("message").put("content", explanation);
            }
            byte[] text = answer.toString().getBytes(UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        server.start();
    }

    private static int letter(String body, String label) {
        int at = body.indexOf(") " + label + "\\n");
        return body.charAt(at - 1) - 'A';
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Path store() {
        return folder.resolve("penstock.db");
    }

    private static Budget bytes(long aDay) {
        return new Budget(
                Tariff.free("USD"),
                List.of(new Budget.Cap(Budget.Period.DAY, OptionalLong.of(aDay), OptionalDouble.empty())),
                List.of(0.0, 0.0, 0.0, 0.0));
    }

    private EndpointSettings settings(double below, Sensitivity most, Budget budget) {
        return new EndpointSettings(
                new StandbySettings(
                        "cloud",
                        ServerKind.OPENAI,
                        "big",
                        new HttpWire.Target(
                                URI.create("http://127.0.0.1:"
                                        + server.getAddress().getPort()),
                                null,
                                Duration.ofSeconds(2),
                                65_536),
                        new PeerTls(List.of(), null, null, null, null),
                        Duration.ZERO,
                        Duration.ZERO),
                below,
                most,
                EnumSet.allOf(EgressField.class),
                budget,
                1_000,
                Duration.ofSeconds(10));
    }

    private SovereignEndpoint open(EndpointSettings settings) throws IOException {
        StandbySettings to = settings.server();
        assertThat(to).isNotNull();
        return SovereignEndpoint.open(settings, to, store(), 80, InstantSource.fixed(NOON));
    }

    private static RoutePlan plan(Sensitivity sensitivity) {
        return new RoutePlan(
                "general",
                RoutePlan.Tier.FALLBACK,
                "",
                0,
                "",
                0,
                0,
                "",
                List.of(),
                "",
                new Signals(10, 1, Task.CLASSIFICATION, Complexity.HARD, sensitivity));
    }

    private Diagnosis local(RoutePlan plan) {
        return DiagnosisCheck.explained(
                        record,
                        francis,
                        plan,
                        List.of(),
                        ModelAnswer.none("no model here"),
                        new Diagnosis.Timing(1, 2, 0, 0))
                .diagnosis();
    }

    private Consulted consult(SovereignEndpoint endpoint, Sensitivity sensitivity) {
        RoutePlan plan = plan(sensitivity);
        return endpoint.consult(record, francis, plan, local(plan));
    }

    @Test
    void anAnswerIsCheckedLikeAnyOtherAndSpeaksOfTheSitesOwnNames() throws Exception {
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            Consulted consulted = consult(endpoint, Sensitivity.OPEN);
            assertThat(consulted).isInstanceOf(Consulted.Answered.class);
            assertThat(consulted.reasons())
                    .singleElement()
                    .asString()
                    .startsWith("asked beyond the site, of cloud: confidence ");
            ModelAnswer answer = ((Consulted.Answered) consulted).answer();
            CheckedDiagnosis checked = DiagnosisCheck.explained(
                    record, francis, plan(Sensitivity.OPEN), List.of(), answer, new Diagnosis.Timing(1, 2, 3, 4));
            assertThat(checked.blocked()).isEmpty();
            assertThat(checked.diagnosis().explanation())
                    .contains("Model: Bearing temperature is very high on bearing_temp_c.");
            assertThat(received)
                    .hasSize(2)
                    .noneMatch(body -> body.contains("bearing_temp_c") || body.contains("unit-1"));
        }
    }

    @Test
    void anInventedNumberOfTheEndpointIsBlockedAsAnyModelsIs() throws Exception {
        explanation =
                "{\"fault\": \"overheating lubrication\", \"because\": [1], \"summary\": \"Stop the machine, P1 shows 312 C.\"}";
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            ModelAnswer answer = ((Consulted.Answered) consult(endpoint, Sensitivity.OPEN)).answer();
            CheckedDiagnosis checked = DiagnosisCheck.explained(
                    record, francis, plan(Sensitivity.OPEN), List.of(), answer, new Diagnosis.Timing(1, 2, 3, 4));
            assertThat(checked.blocked()).hasSize(1);
            assertThat(checked.diagnosis().explanation()).noneMatch(text -> text.contains("312"));
            assertThat(checked.diagnosis().severity()).isEqualTo(record.severity());
        }
    }

    @Test
    void everyByteIsOnDiskBeforeItLeavesAndItsAnswerAfterIt() throws Exception {
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            consult(endpoint, Sensitivity.OPEN);
        }
        assertThat(notedBefore).containsExactly(true, true);
        List<EgressLog.Line> lines = EgressLog.read(EgressLog.folder(store()));
        assertThat(lines).hasSize(4).allMatch(EgressLog.Line::chained).allMatch(EgressLog.Line::isWhole);
        assertThat(lines.stream()
                        .filter(EgressLog.Line::isQuestion)
                        .map(line -> line.json().path("body").asText()))
                .containsExactlyElementsOf(received);
        assertThat(lines.getFirst().json().path("aliases").path("P1").asText()).isEqualTo("bearing_temp_c");
        assertThat(lines.get(1).json().path("body").asText()).contains("top_logprobs");
    }

    @Test
    void nobodyIsAskedWhoseAnswerIsNotNeededOrWhoseDataMustStay() throws Exception {
        try (SovereignEndpoint endpoint = open(settings(0.1, Sensitivity.OPEN, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons()).isEmpty();
        }
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.INTERNAL).reasons())
                    .containsExactly(
                            "not asked beyond the site: the case is of the data class internal, and only open may leave");
            assertThat(consult(endpoint, Sensitivity.SECRET).reasons().getFirst())
                    .contains("which never leaves");
            assertThat(endpoint.status().withheld()).isEqualTo(2);
        }
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.INTERNAL, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.SECRET).reasons().getFirst())
                    .contains("which never leaves");
            assertThat(consult(endpoint, Sensitivity.INTERNAL)).isInstanceOf(Consulted.Answered.class);
        }
        assertThat(received).hasSize(2);
    }

    @Test
    void aCapIsNeverPassedNotEvenByTheLongestAnswerAndHoldsOverARestart() throws Exception {
        // room for one question with its answer, and not for the second
        Budget budget = bytes(LoggedWire.LONGEST_ANSWER + 3_000);
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, budget))) {
            Consulted first = consult(endpoint, Sensitivity.OPEN);
            assertThat(received).hasSize(1);
            assertThat(((Consulted.Answered) first).answer().absent()).contains("the day's cap");
        }
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, budget))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst())
                    .contains("not asked beyond the site", "the budget does not allow it", "the day's cap");
        }
        assertThat(received).hasSize(1);
    }

    @Test
    void moneyIsKeptFromTheFirstQuestionOn() throws Exception {
        Budget budget = new Budget(
                new Tariff("USD", 0, 0.40, 0, 0, 0, 0, 0, 0, 1),
                List.of(new Budget.Cap(Budget.Period.MONTH, OptionalLong.empty(), OptionalDouble.of(1.00))),
                List.of(0.0, 0.0, 0.0, 0.0));
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, budget))) {
            assertThat(consult(endpoint, Sensitivity.OPEN)).isInstanceOf(Consulted.Answered.class);
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst())
                    .contains("the month's cap of 1 USD: 0.80 used");
        }
        assertThat(received).hasSize(2);
    }

    @Test
    void whatCannotBeNotedIsNotSent() throws Exception {
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            // a folder where the month's file should be
            Files.createDirectories(EgressLog.folder(store()).resolve("2026-11.jsonl"));
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst())
                    .contains("nothing was sent, because it could not be noted before");
        }
        assertThat(received).isEmpty();
    }

    private Path month() {
        return EgressLog.folder(store()).resolve("2026-11.jsonl");
    }

    /** The month's file is kept aside, and where it was every write fails for want of room. */
    private void fillDisk() throws IOException {
        Files.move(month(), folder.resolve("aside"));
        Files.createSymbolicLink(month(), Path.of("/dev/full"));
    }

    private void freeDisk() throws IOException {
        Files.delete(month());
        Files.move(folder.resolve("aside"), month());
    }

    @Test
    void aLineThatAFullDiskCutSpoilsNeitherTheNextNorTheStart() throws Exception {
        EndpointSettings settings = settings(0.9, Sensitivity.OPEN, bytes(1 << 20));
        try (SovereignEndpoint endpoint = open(settings)) {
            consult(endpoint, Sensitivity.OPEN);
            fillDisk();
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst())
                    .contains("nothing was sent, because it could not be noted before");
            freeDisk();
            // cut within a character of two bytes
            byte[] half = "{\"kind\":\"question\",\"body\":\"70 \u00b0".getBytes(UTF_8);
            Files.write(month(), Arrays.copyOf(half, half.length - 1), StandardOpenOption.APPEND);
            assertThat(consult(endpoint, Sensitivity.OPEN)).isInstanceOf(Consulted.Answered.class);
        }
        assertThat(received).hasSize(4);
        List<EgressLog.Line> lines = EgressLog.read(EgressLog.folder(store()));
        assertThat(lines).hasSize(9).allMatch(EgressLog.Line::chained);
        assertThat(lines.stream()
                        .filter(EgressLog.Line::isQuestion)
                        .map(line -> line.json().path("body").asText()))
                .as("what left stands there")
                .containsExactlyElementsOf(received);
        open(settings).close();
    }

    @Test
    void aMonthThatBeganWithoutALineBreaksNoChain() throws Exception {
        EndpointSettings settings = settings(0.9, Sensitivity.OPEN, bytes(1 << 20));
        try (SovereignEndpoint endpoint = open(settings)) {
            consult(endpoint, Sensitivity.OPEN);
        }
        Files.move(month(), month().resolveSibling("2026-10.jsonl"));
        Files.createFile(month());
        try (SovereignEndpoint endpoint = open(settings)) {
            consult(endpoint, Sensitivity.OPEN);
        }
        List<EgressLog.Line> lines = EgressLog.read(EgressLog.folder(store()));
        assertThat(lines).hasSize(8).allMatch(EgressLog.Line::chained);
        assertThat(lines.stream().map(line -> line.json().path("n").asLong()))
                .containsExactly(1L, 1L, 2L, 2L, 3L, 3L, 4L, 4L);
        open(settings).close();
    }

    @Test
    void anAnswerThatCannotBeNotedIsNotUsedAndNobodySaysThatNothingLeft() throws Exception {
        diskFull = true;
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons())
                    .singleElement()
                    .asString()
                    .startsWith("asked beyond the site, without an answer: ")
                    .contains("its answer could not be noted, and is not used");
            assertThat(endpoint.status().asked()).isEqualTo(1);
            assertThat(endpoint.status().withheld()).isZero();
        }
        assertThat(received).hasSize(1);
    }

    @Test
    void anAnswerLongerThanTheRoomKeptForItIsRefusedAndWhatCameOfItIsPaidFor() throws Exception {
        String content = "A" + " ".repeat(2 * LoggedWire.LONGEST_ANSWER - 2_000);
        other = ("{\"choices\":[{\"message\":{\"content\":\"" + content + "\"}}]}").getBytes(UTF_8);
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst())
                    .contains("its answer is longer than " + LoggedWire.LONGEST_ANSWER + " bytes");
        }
        assertThat(EgressLog.read(EgressLog.folder(store())).getLast().bytes())
                .isGreaterThan(LoggedWire.LONGEST_ANSWER);
    }

    @Test
    void anAnswerThatIsNoTextDoesNotLookLikeAChangedLine() throws Exception {
        other = new byte[] {(byte) 0xff, (byte) 0xfe, '{'};
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, bytes(1 << 20)))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst()).contains("its answer is not JSON");
        }
        List<EgressLog.Line> lines = EgressLog.read(EgressLog.folder(store()));
        assertThat(lines).hasSize(2).allMatch(EgressLog.Line::isWhole);
        assertThat(lines.getLast().bytes()).isEqualTo(3);
    }

    @Test
    void anErrorsBytesArePaidForLikeAnAnswers() throws Exception {
        status = 500;
        other = new byte[20_000];
        // room for one question, what came instead of its answer, and no second question
        Budget budget = bytes(LoggedWire.LONGEST_ANSWER + 10_000);
        try (SovereignEndpoint endpoint = open(settings(0.9, Sensitivity.OPEN, budget))) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst()).contains("status 500");
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons().getFirst()).contains("the day's cap");
        }
        EgressLog.Line last = EgressLog.read(EgressLog.folder(store())).getLast();
        assertThat(last.bytes()).isEqualTo(20_000);
        assertThat(last.isWhole()).isTrue();
        assertThat(received).hasSize(1);
    }

    @Test
    void aChangedLogStopsTheEndpointAndALineCutByAPowerFailureDoesNot() throws Exception {
        EndpointSettings settings = settings(0.9, Sensitivity.OPEN, bytes(1 << 20));
        try (SovereignEndpoint endpoint = open(settings)) {
            consult(endpoint, Sensitivity.OPEN);
        }
        Path file = EgressLog.folder(store()).resolve("2026-11.jsonl");
        String whole = Files.readString(file);
        Files.writeString(file, whole + "{\"at\":\"2026-11-22T12:00:00Z\",\"kind\":\"ques");
        try (SovereignEndpoint endpoint = open(settings)) {
            assertThat(consult(endpoint, Sensitivity.OPEN)).isInstanceOf(Consulted.Answered.class);
        }
        assertThat(EgressLog.read(EgressLog.folder(store()))).hasSize(9).allMatch(EgressLog.Line::chained);
        open(settings).close();
        Files.writeString(file, whole.replaceFirst("\"case\":\"unit-1", "\"case\":\"unit-2"));
        assertThatThrownBy(() -> open(settings)).hasMessageContaining("the egress log has been changed");
        Files.writeString(file, whole.substring(whole.indexOf('\n') + 1));
        assertThatThrownBy(() -> open(settings)).hasMessageContaining("before line 1");
    }

    @Test
    void anEndpointThatGivesNoAnswerLeavesTheDiagnosisAsItWas() throws Exception {
        EndpointSettings settings = settings(0.9, Sensitivity.OPEN, bytes(1 << 20));
        server.stop(0);
        try (SovereignEndpoint endpoint = open(settings)) {
            assertThat(consult(endpoint, Sensitivity.OPEN).reasons())
                    .containsExactly(
                            "asked beyond the site, without an answer: endpoint cloud: nothing listens there: is the"
                                    + " server running, is the port right?");
        }
        assertThat(EgressLog.read(EgressLog.folder(store()))
                        .getLast()
                        .json()
                        .path("failure")
                        .asText())
                .contains("nothing listens there");
    }
}
