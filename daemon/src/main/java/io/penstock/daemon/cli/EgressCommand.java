package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.egress.EgressField;
import io.penstock.daemon.egress.EgressLog;
import io.penstock.daemon.egress.EndpointSettings;
import io.penstock.daemon.egress.Outgoing;
import io.penstock.daemon.egress.SovereignEndpoint;
import io.penstock.daemon.peer.StandbySettings;
import io.penstock.daemon.route.RoutePlan;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.remote.RemoteModel;
import io.penstock.models.remote.ServerKind;
import io.penstock.models.remote.Wire;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock egress}: what would leave the site for a case, and what has left. Sends nothing. */
@Command(
        name = "egress",
        description = "What would leave the site for a case, byte for byte, and all that has left. Sends nothing.",
        synopsisSubcommandLabel = "COMMAND")
final class EgressCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Keeps what is posted and sends it nowhere. */
    private static final class Kept implements Wire {
        private final List<byte[]> bodies = new ArrayList<>();

        @Override
        public byte[] post(byte[] body, Duration deadline) throws ModelUnavailable {
            bodies.add(body);
            throw new ModelUnavailable(ModelUnavailable.Reason.CLOSED, "nothing is sent");
        }

        @Override
        public void close() {}
    }

    @Command(
            name = "show",
            description = {
                "Prints exactly what would leave for a case, whether or not the endpoint is on, and whether it would be asked.",
                "Names are aliased; what each alias stands for stays here and is printed apart."
            })
    int show(
            @Mixin StoreOption config,
            @Parameters(paramLabel = "ID", description = "Of a case or a diagnosis; its first characters are enough.")
                    String id,
            @Option(names = "--json", description = "As one JSON object.") boolean json)
            throws Exception {
        GatewaySettings settings = config.settings();
        Path store = config.store(settings);
        PrintWriter out = spec.commandLine().getOut();
        Optional<Diagnosis> found = Database.readOnly(store, c -> CaseStore.diagnosis(c, id));
        if (found.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("No diagnosis or case begins with that; 'penstock diagnoses list' shows all.");
            return ExitCode.NOTHING_FOUND;
        }
        Diagnosis diagnosis = found.get();
        CaseRecord record = Database.readOnly(store, c -> CaseStore.caseOf(c, diagnosis.caseId()))
                .orElseThrow();
        SymptomMatrix matrix = settings.matrices().get(record.asset());
        if (matrix == null) {
            spec.commandLine()
                    .getErr()
                    .println("The configuration names the case's machine no more; nothing would leave.");
            return ExitCode.NOTHING_FOUND;
        }
        EndpointSettings endpoint = settings.endpoint();
        Optional<Outgoing> outgoing =
                Outgoing.of(record, matrix, endpoint.enabled() ? endpoint.fields() : EnumSet.allOf(EgressField.class));
        List<String> bodies = outgoing.map(o -> bodies(endpoint, settings, o)).orElse(List.of());
        String verdict = outgoing.isEmpty()
                ? "No: the machine's symptom matrix is the site's own, and its words do not leave."
                : verdict(endpoint, diagnosis);
        Map<String, String> aliases = outgoing.map(Outgoing::aliases).orElse(Map.of());
        if (json) {
            Console.json(out, Map.of("asked", verdict, "bodies", bodies, "aliases_kept_here", aliases));
            return ExitCode.DONE;
        }
        out.println("Would it be asked? " + verdict);
        StandbySettings server = endpoint.server();
        for (String body : bodies) {
            out.println();
            out.println("POST "
                    + (server == null ? "/v1/chat/completions" : server.target().base() + " /v1/chat/completions")
                    + ", " + body.getBytes(StandardCharsets.UTF_8).length + " bytes"
                    + (server == null || server.target().tokenFile() == null
                            ? ""
                            : ", and the token of " + server.target().tokenFile()));
            out.println(Console.printable(body));
        }
        if (!aliases.isEmpty()) {
            out.println();
            out.println("Stays here:");
            aliases.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(e -> out.println("  " + e.getKey() + " is " + Console.printable(e.getValue())));
        }
        return ExitCode.DONE;
    }

    private static String verdict(EndpointSettings endpoint, Diagnosis diagnosis) {
        RoutePlan plan = diagnosis.route();
        if (!endpoint.enabled()) {
            return "No: [endpoint] is off, and nothing leaves.";
        }
        if (!SovereignEndpoint.isUnsure(endpoint, diagnosis)) {
            return "No: its confidence, " + Math.round(100 * diagnosis.confidence()) + " %, is not below "
                    + Math.round(100 * endpoint.below()) + " %.";
        }
        if (plan == null) {
            return "Not yet: no route was planned for it.";
        }
        return SovereignEndpoint.withheld(endpoint, plan)
                .map(why -> "No: " + why + ".")
                .orElseGet(() -> "Yes, within the budget: " + SovereignEndpoint.why(endpoint, diagnosis, plan) + ".");
    }

    private static List<String> bodies(EndpointSettings endpoint, GatewaySettings settings, Outgoing outgoing) {
        StandbySettings server = endpoint.server();
        try (Kept kept = new Kept();
                RemoteModel model = new RemoteModel(
                        "endpoint",
                        server == null ? ServerKind.OPENAI : server.kind(),
                        server == null ? "MODEL" : server.model(),
                        kept)) {
            ask(() -> model.score(outgoing.label(), outgoing.labels(), Duration.ZERO));
            ask(() -> model.complete(
                    outgoing.explanation(),
                    outgoing.grammar(),
                    outgoing.schema(),
                    settings.infer().maxTokens(),
                    Duration.ZERO));
            return kept.bodies.stream()
                    .map(body -> new String(body, StandardCharsets.UTF_8))
                    .toList();
        }
    }

    private interface Question {
        Object ask() throws ModelUnavailable;
    }

    private static void ask(Question question) {
        try {
            question.ask();
            throw new IllegalStateException("a wire that sends nothing has answered");
        } catch (ModelUnavailable e) {
            // as the wire said: the question is kept
            return;
        }
    }

    @Command(
            name = "log",
            description =
                    "Every byte that left and came back, newest last, and whether a line was changed or taken out.")
    int log(
            @Mixin StoreOption config,
            @Option(
                            names = "--last",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "Lines. Default: ${DEFAULT-VALUE}.")
                    int last,
            @Option(names = "--bodies", description = "With what was said, both ways.") boolean bodies,
            @Option(names = "--json", description = "The lines as they are.") boolean json)
            throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<EgressLog.Line> all = EgressLog.read(EgressLog.folder(config.store()));
        List<EgressLog.Line> shown = all.subList(Math.max(0, all.size() - Math.max(0, last)), all.size());
        if (json) {
            shown.stream()
                    .map(EgressLog.Line::json)
                    .filter(JsonNode::isObject)
                    .forEach(line -> out.println(Console.escaped(line.toString())));
        } else {
            if (all.isEmpty()) {
                out.println("Nothing has left.");
            }
            for (EgressLog.Line line : shown) {
                JsonNode j = line.json();
                out.println(Console.printable(told(line, j)));
                if (bodies) {
                    out.println("  " + Console.printable(j.path("body").asText("")));
                }
            }
        }
        List<EgressLog.Line> wrong = all.stream()
                .filter(line -> !line.chained() || (line.json().isObject() && !line.isWhole()))
                .toList();
        wrong.forEach(line -> spec.commandLine()
                .getErr()
                .println("CHANGED: " + line.file() + ", line " + line.number()
                        + ": it, or the one before it, is not as it was written"));
        return wrong.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static String told(EgressLog.Line line, JsonNode j) {
        if (!j.isObject()) {
            return "(a line that a power failure cut: nothing had left)";
        }
        String head = j.path("at").asText() + "  " + j.path("n").asText() + "  ";
        return line.isQuestion()
                ? head + "left " + j.path("bytes").asText() + " bytes (" + line.bytes() + " counted) for "
                        + j.path("endpoint").asText() + ": the "
                        + j.path("what").asText() + " of case "
                        + j.path("case").asText() + ", " + j.path("reason").asText()
                : head + "came " + j.path("bytes").asText() + " bytes after "
                        + j.path("ms").asText() + " ms"
                        + (j.path("failure").asText("").isEmpty()
                                ? ""
                                : ", " + j.path("failure").asText());
    }
}
