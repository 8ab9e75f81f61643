package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.health.StatusSocket;
import io.penstock.daemon.store.ActionTimes;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.OperatorActs;
import io.penstock.daemon.store.Outbox;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock status}: is the machine all right, and is the gateway. */
@Command(name = "status", description = "Says how the machines are, and how the gateway is.")
final class StatusCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String NONE = "none";

    @Mixin
    StoreOption config = new StoreOption();

    @Option(names = "--json", description = "As one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        GatewaySettings settings = config.settings();
        PrintWriter out = spec.commandLine().getOut();
        Path store = config.store(settings);
        StatusSocket.Answer answer = StatusSocket.ask(settings.socket(), PATIENCE);
        Optional<String> live =
                answer instanceof StatusSocket.Answer.Told told ? Optional.of(told.json()) : Optional.empty();
        List<CaseRecord> open = Database.readOnly(store, c -> CaseStore.cases(c, 50, true));
        long waiting = Database.readOnly(store, Outbox::waiting);
        ActionTimes times = Database.readOnly(store, ActionTimes::read);
        JsonNode gateway = live.isPresent() ? new ObjectMapper().readTree(live.get()) : null;
        if (json) {
            var all = new ObjectMapper().createObjectNode();
            all.put("running", live.isPresent());
            all.put("frozen", answer instanceof StatusSocket.Answer.Silent).put("outbox_waiting", waiting);
            all.set("gateway", gateway);
            var cases = all.putArray("open_cases");
            open.forEach(k -> cases.addObject()
                    .put("case", k.id())
                    .put("asset", k.asset())
                    .put("severity", k.severity().name().toLowerCase(Locale.ROOT))
                    .put("fault", k.best().fault()));
            all.set("token_to_action", actions(times));
            out.println(Console.escaped(all.toString()));
            return live.isPresent() ? ExitCode.DONE : ExitCode.FAILED;
        }
        if (open.isEmpty()) {
            out.println("Machines: no case is open.");
        } else {
            out.println("Machines:");
            Map<String, OperatorActs.Standing> standings = CasesCommand.standings(store, open);
            for (CaseRecord k : open) {
                String said = CasesCommand.said(standings.get(k.id()));
                out.println(Console.printable("  " + k.severity() + "  " + k.asset() + ": "
                        + k.best().name() + " (case " + k.id() + ", since " + Console.local(k.openedMicros())
                        + (said.isEmpty() ? "" : ", " + said) + ")"));
            }
        }
        for (ActionTimes.Step step : ActionTimes.Step.values()) {
            ActionTimes.Spread spread = times.steps().get(step);
            if (spread != null) {
                out.println(String.format(
                        Locale.ROOT,
                        "  sample to %-22s p50 %.2f s, p95 %.2f s, p99 %.2f s, of %d",
                        step.word().replace('_', ' '),
                        spread.p50(),
                        spread.p95(),
                        spread.p99(),
                        spread.count()));
            }
        }
        if (answer instanceof StatusSocket.Answer.Silent silent) {
            out.println("Gateway: DOES NOT ANSWER (it listens at " + settings.socket() + ", and said nothing within "
                    + silent.waited().toSeconds() + " s: frozen or starved; what is above is what it last stored.)");
            return ExitCode.FAILED;
        }
        if (gateway == null) {
            out.println("Gateway: NOT RUNNING (nothing answers at " + settings.socket()
                    + "); what is above is what it last stored.");
            return ExitCode.FAILED;
        }
        out.println("Gateway: running for " + gateway.path("uptime_s").asLong() + " s, "
                + gateway.path("readings").asLong() + " readings journalled, "
                + gateway.path("unwatched").asLong() + " of channels no asset file names, "
                + gateway.path("duplicates").asLong() + " came twice, "
                + gateway.path("queue_waiting").asLong() + " wait, " + waiting + " messages wait to be published");
        long sheds = gateway.path("full_disk_sheds").asLong();
        if (sheds > 0) {
            out.println("  THE DISK WAS FULL: the oldest was shed " + sheds
                    + " times; make room on it, or lower [store] reading_bytes");
        }
        out.println(clock(gateway.path("clock")));
        out.println("Store: " + gateway.at("/commits/count").asLong() + " commits, "
                + millis(gateway.at("/commits/mean_s"))
                + " each, 99 % within " + millis(gateway.at("/commits/p99_within_s")) + "; a reading is on disk "
                + millis(gateway.path("commit_lag_s")) + " after it came, and came "
                + millis(gateway.path("source_lag_s")) + " after its source time; at most "
                + gateway.path("queue_peak").asLong() + " waited; memory saved "
                + gateway.path("snapshot_age_s").asLong() + " s ago");
        out.println("Advice: findings " + counts(gateway.path("findings")) + "; diagnoses "
                + counts(gateway.path("diagnoses")) + "; "
                + gateway.at("/model_answers/count").asLong() + " answers of a model, "
                + millis(gateway.at("/model_answers/mean_s")) + " each; "
                + gateway.path("blocked_sentences").asLong() + " sentences of a model kept back by the check");
        long untold = gateway.path("untold_anomalies").asLong();
        if (untold > 0) {
            out.println("  " + untold
                    + " anomaly events were beyond their bound and not told; see [publish] most_anomalies");
        }
        out.println("Uplink: " + Console.printable(gateway.path("uplink").asText("off")));
        out.println(
                "Configuration: " + gateway.path("configuration").path("text").asText());
        List<List<String>> rows = new ArrayList<>();
        gateway.path("sources")
                .forEach(s -> rows.add(List.of(
                        s.path("name").asText(),
                        s.path("state").asText(),
                        s.path("received").asText(),
                        rejected(s),
                        s.path("reconnects").asText(),
                        s.path("detail").asText())));
        Console.table(out, List.of("SOURCE", "STATE", "RECEIVED", "REJECTED", "RECONNECTS", "AT"), rows);
        gateway.path("sources")
                .forEach(s -> s.path("troubles")
                        .forEach(line ->
                                out.println("  " + s.path("name").asText() + ": " + Console.printable(line.asText()))));
        List<List<String>> models = new ArrayList<>();
        gateway.path("models")
                .forEach(m -> models.add(List.of(
                        m.path("name").asText(),
                        m.path("state").asText(),
                        m.path("waiting").asText(),
                        m.path("deaths").asText(),
                        m.path("evictions").asText(),
                        m.path("resident_mib").asText() + " of "
                                + m.path("bound_mib").asText(),
                        m.path("problem").asText())));
        Console.table(out, List.of("MODEL", "STATE", "WAITING", "DEATHS", "EVICTIONS", "MIB", "PROBLEM"), models);
        List<List<String>> candidates = new ArrayList<>();
        gateway.path("candidates")
                .forEach(c -> candidates.add(List.of(
                        c.path("name").asText(),
                        c.path("kind").asText(),
                        roles(c),
                        c.path("answers").asText(),
                        c.path("failures").asText(),
                        breaker(c))));
        Console.table(out, List.of("ASKED", "KIND", "ROLES", "ANSWERS", "FAILURES", "BREAKER"), candidates);
        PeerLines.print(out, gateway);
        return ExitCode.DONE;
    }

    private static String roles(JsonNode candidate) {
        List<String> roles = new ArrayList<>();
        candidate.path("roles").forEach(role -> roles.add(role.asText()));
        return roles.isEmpty() ? NONE : String.join(", ", roles);
    }

    /** {@code closed}, or what it is left alone for and until when. */
    private static String breaker(JsonNode candidate) {
        String open = candidate.path("left_alone_for").asText();
        if (open.isEmpty()) {
            return "closed";
        }
        String until = candidate.path("until").asText();
        return "open: " + open + (until.isEmpty() ? ", being tried" : " until " + until);
    }

    private static ObjectNode actions(ActionTimes times) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        times.steps()
                .forEach((step, spread) -> json.putObject(step.word())
                        .put("count", spread.count())
                        .put("p50_s", spread.p50())
                        .put("p95_s", spread.p95())
                        .put("p99_s", spread.p99()));
        return json;
    }

    /** {@code Clock: trusted since 2026-11-25T10:31:00Z, 1 step, the last of 5.0 s at ...}. */
    private static String clock(JsonNode clock) {
        String trust = clock.path("trust").asText();
        String cure = switch (trust) {
            case "unset" ->
                "; IT WAS NEVER SET: readings without a time of their own are stamped once it is (chrony, systemd-timesyncd or date)";
            case "suspect" -> "; it stepped, or runs behind what was received before";
            default -> "";
        };
        long steps = clock.path("steps").asLong();
        return "Clock: " + trust + " since " + clock.path("since").asText() + ", " + steps + " steps"
                + (steps == 0
                        ? ""
                        : ", the last of " + clock.path("last_step_s").asText() + " s at "
                                + clock.path("last_step").asText())
                + cure;
    }

    private static String millis(JsonNode seconds) {
        return seconds.isNumber() ? Math.round(seconds.asDouble() * 1_000) + " ms" : "-";
    }

    /** {@code 5: time 3, unit 2}. */
    private static String rejected(JsonNode source) {
        String all = source.path("rejected").asText();
        String reasons = counts(source.path("rejected_by"));
        return reasons.equals(NONE) ? all : all + ": " + reasons;
    }

    /** {@code limit 3, state 2}: what is above zero. */
    private static String counts(JsonNode byName) {
        String all = byName.properties().stream()
                .filter(one -> one.getValue().asLong() > 0)
                .map(one -> one.getKey() + " " + one.getValue().asText())
                .collect(Collectors.joining(", "));
        return all.isEmpty() ? NONE : all;
    }
}
