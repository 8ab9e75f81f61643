package io.penstock.daemon.egress;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.ModelAnswer;
import io.penstock.daemon.peer.StandbySettings;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.uplink.Spent;
import io.penstock.daemon.uplink.UplinkLane;
import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.RemoteModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks beyond the site about a diagnosis that is not sure enough, with what {@link Outgoing} leaves of its case. There is none of this
 * while it is off. One lane asks.
 */
public final class SovereignEndpoint implements AutoCloseable {
    private final EndpointSettings settings;
    private final StandbySettings server;
    private final HttpWire wire;
    private final EgressLog log;
    private final Spent spent;
    private final int maxTokens;
    private final InstantSource clock;
    private volatile long asked;
    private volatile long answered;
    private volatile long withheld;

    /**
     * What came of asking, or why nobody was asked.
     *
     * @param reasons for the diagnosis, in plain words; empty where it is sure enough
     */
    public sealed interface Consulted {
        List<String> reasons();

        record Answered(
                ModelAnswer answer,
                Instant labelAt,
                @Nullable Instant completedAt,
                List<String> reasons) implements Consulted {}

        record Kept(List<String> reasons) implements Consulted {}
    }

    /**
     * For the status.
     *
     * @param asked diagnoses asked about since start
     * @param answered of them
     * @param withheld diagnoses that were not sure, and not asked about: data class, matrix or budget
     */
    public record Status(String text, long asked, long answered, long withheld, HttpWire.Counts wire) {}

    private SovereignEndpoint(
            EndpointSettings settings,
            StandbySettings server,
            EgressLog log,
            Spent spent,
            int maxTokens,
            InstantSource clock) {
        this.settings = settings;
        this.server = server;
        this.wire = wire(server, clock);
        this.log = log;
        this.spent = spent;
        this.maxTokens = maxTokens;
        this.clock = clock;
    }

    /**
     * Reads what was spent this month; opens no connection.
     *
     * @param server the settings' own, which must be on
     * @param store beside which the log is
     * @param maxTokens of an explanation
     * @throws IOException when the log cannot be read or has lost a line: then nothing is sent
     */
    public static SovereignEndpoint open(
            EndpointSettings settings, StandbySettings server, Path store, int maxTokens, InstantSource clock)
            throws IOException {
        Path folder = EgressLog.folder(store);
        Spent spent = spent(EgressLog.read(folder), clock.instant());
        return new SovereignEndpoint(settings, server, EgressLog.open(folder), spent, maxTokens, clock);
    }

    private static HttpWire wire(StandbySettings server, InstantSource clock) {
        return new HttpWire(
                server.target().withMostBytes(LoggedWire.LONGEST_ANSWER),
                () -> server.tls().context(clock));
    }

    /** What the log tells of this month. */
    private static Spent spent(List<EgressLog.Line> lines, Instant now) throws IOException {
        Spent spent = new Spent();
        YearMonth month = YearMonth.from(now.atOffset(ZoneOffset.UTC));
        for (EgressLog.Line line : lines) {
            if (!line.chained()) {
                throw new IOException("the egress log has been changed: " + line.file() + ", before line "
                        + line.number() + "; move its folder away to begin anew, and keep it");
            }
            String at = line.json().path("at").asText("");
            if (!at.isEmpty()) {
                Instant time = time(line, at);
                if (!YearMonth.from(time.atOffset(ZoneOffset.UTC)).isBefore(month)) {
                    spent.add(
                            time,
                            UplinkLane.DIAGNOSIS,
                            (int) Math.clamp(line.bytes(), 0, Integer.MAX_VALUE),
                            line.bytes(),
                            line.json().path("money").asDouble(0));
                }
            }
        }
        return spent;
    }

    private static Instant time(EgressLog.Line line, String at) throws IOException {
        try {
            return Instant.parse(at);
        } catch (DateTimeParseException e) {
            throw new IOException("the egress log " + line.file() + ", line " + line.number() + ": no time in it", e);
        }
    }

    /** Why a case's data class keeps it here; empty where it may leave. */
    public static Optional<String> withheld(EndpointSettings settings, RoutePlan plan) {
        var sensitivity = plan.signals().sensitivity();
        if (!sensitivity.mayEverLeave()) {
            return Optional.of(
                    "the case holds what is of the data class " + sensitivity.word() + ", which never leaves");
        }
        if (sensitivity.compareTo(settings.mostSensitive()) < 0) {
            return Optional.of("the case is of the data class " + sensitivity.word() + ", and only "
                    + settings.mostSensitive().word() + " may leave");
        }
        return Optional.empty();
    }

    /** Whether a diagnosis is less confident than the endpoint is asked below. */
    public static boolean isUnsure(EndpointSettings settings, Diagnosis diagnosis) {
        return diagnosis.confidence() < settings.below();
    }

    /** Asks when it is allowed and wanted; both answers within the deadline. Never fails: what does is told in the reasons. */
    public Consulted consult(CaseRecord record, SymptomMatrix matrix, RoutePlan plan, Diagnosis diagnosis) {
        if (!isUnsure(settings, diagnosis)) {
            return new Consulted.Kept(List.of());
        }
        Optional<String> reason = withheld(settings, plan);
        if (reason.isPresent()) {
            return kept(reason.get());
        }
        return Outgoing.of(record, matrix, settings.fields())
                .map(outgoing -> ask(record, outgoing, why(settings, diagnosis, plan)))
                .orElseGet(() -> kept("the machine's symptom matrix is the site's own, and its words do not leave"));
    }

    /** Why a diagnosis is asked about. */
    public static String why(EndpointSettings settings, Diagnosis diagnosis, RoutePlan plan) {
        return "confidence " + Math.round(100 * diagnosis.confidence()) + " % is below "
                + Math.round(100 * settings.below()) + " %, data class "
                + plan.signals().sensitivity().word();
    }

    private Consulted kept(String reason) {
        withheld = withheld + 1;
        return new Consulted.Kept(List.of("not asked beyond the site: " + reason));
    }

    private Consulted ask(CaseRecord record, Outgoing outgoing, String reason) {
        Instant end = clock.instant().plus(settings.deadline());
        long sentBefore = wire.counts().sent();
        try {
            LabelScores scores = model(record, outgoing, "label", reason)
                    .score(outgoing.label(), outgoing.labels(), settings.deadline());
            Instant labelAt = clock.instant();
            asked = asked + 1;
            return explained(record, outgoing, reason, end, new Labelled(scores, labelAt), sentBefore);
        } catch (ModelUnavailable e) {
            if (e.reason() == ModelUnavailable.Reason.REFUSED) {
                return kept(String.valueOf(e.getMessage()));
            }
            asked = asked + 1;
            return new Consulted.Kept(List.of("asked beyond the site, without an answer: " + e.getMessage()));
        }
    }

    private record Labelled(LabelScores scores, Instant at) {}

    /** The label stands where only the explanation did not come. */
    private Consulted explained(
            CaseRecord record, Outgoing outgoing, String reason, Instant end, Labelled label, long sentBefore) {
        @Nullable Completion completion = null;
        String absent = "";
        try {
            completion = model(record, outgoing, "explanation", reason)
                    .complete(
                            outgoing.explanation(),
                            outgoing.grammar(),
                            outgoing.schema(),
                            maxTokens,
                            positive(Duration.between(label.at(), end)));
        } catch (ModelUnavailable e) {
            absent = String.valueOf(e.getMessage());
        }
        answered = answered + 1;
        return new Consulted.Answered(
                new ModelAnswer("endpoint " + server.name(), "", label.scores(), completion, absent),
                label.at(),
                completion == null ? null : clock.instant(),
                List.of("asked beyond the site, of " + server.name() + ": " + reason + "; "
                        + (wire.counts().sent() - sentBefore)
                        + " bytes left, names as aliases ('penstock egress log')"));
    }

    private static Duration positive(Duration left) {
        return left.isPositive() ? left : Duration.ofMillis(1);
    }

    private RemoteModel model(CaseRecord record, Outgoing outgoing, String what, String reason) {
        Errand errand = new Errand(
                server.name(), server.target().base().toString(), record.id(), what, reason, outgoing.aliases());
        return new RemoteModel(
                "endpoint " + server.name(),
                server.kind(),
                server.model(),
                new LoggedWire(wire, log, settings.budget(), settings.overheadBytes(), spent, errand, clock));
    }

    public Status status() {
        return new Status(settings.text(), asked, answered, withheld, wire.counts());
    }

    @Override
    public void close() {
        wire.close();
    }
}
