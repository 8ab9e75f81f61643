package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.daemon.Hub;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.SiteState;
import io.penstock.daemon.health.Supervisor;
import io.penstock.daemon.hub.FleetReport;
import io.penstock.daemon.hub.HubSettings;
import io.penstock.daemon.hub.SitesFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock hub}: the other end of many sites' metered links. */
@Command(
        name = "hub",
        description = "The other end of many sites' metered links: receives their frames, shows the fleet.",
        synopsisSubcommandLabel = "COMMAND")
final class HubCommand {
    private static final int MOST_LOOKED_AT = 10_000;
    private static final Path SYSTEM = Path.of("/etc/penstock/hub.toml");

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Where the hub's configuration is. */
    static final class HubOption {
        @Option(
                names = {"-c", "--config"},
                paramLabel = "FILE",
                description = "The hub's configuration (default: ./hub.toml, /etc/penstock/hub.toml).")
        @Nullable
        Path config;

        Path file() {
            Path named = config;
            if (named != null) {
                return named;
            }
            Path here = Path.of("hub.toml");
            return Files.exists(here) ? here : SYSTEM;
        }
    }

    @Command(name = "run", description = "Receives frames, in the foreground, until it is told to stop.")
    int run(@Mixin HubOption config) throws Exception {
        Supervisor supervisor = new Supervisor(System.getenv());
        Hub hub = Hub.start(config.file(), InstantSource.system());
        return new Attendance(supervisor).until(hub, "the hub runs; " + hub.text());
    }

    @Command(name = "check", description = "Tells every mistake of the configuration and of the sites' files.")
    int check(@Mixin HubOption config) throws Exception {
        HubSettings settings = HubFile.read(config.file());
        SitesFolder sites = sites(config.file(), settings);
        if (!sites.wrong().isEmpty()) {
            throw new ConfigWrong(
                    settings.sites(),
                    sites.wrong().entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(wrong -> wrong.getKey() + ": " + wrong.getValue())
                            .toList());
        }
        spec.commandLine()
                .getOut()
                .println(config.file() + ": right; " + sites.sites().size() + " sites, frames are kept in "
                        + settings.store().text());
        return ExitCode.DONE;
    }

    private static SitesFolder sites(Path config, HubSettings settings) throws ConfigWrong {
        SitesFolder sites = new SitesFolder(
                settings.sites(), (site, keys, more) -> HubFile.site(settings.standard(), site, keys, more));
        try {
            sites.look();
        } catch (IOException e) {
            throw new ConfigWrong(config, List.of("sites: read " + settings.sites() + ": " + e));
        }
        return sites;
    }

    @Command(name = "example", description = "Prints an example of the configuration, each key with its default.")
    int example() throws IOException {
        spec.commandLine().getOut().print(ShippedText.of("config/hub.toml.example"));
        return ExitCode.DONE;
    }

    @Command(
            name = "sites",
            description =
                    "The sites: which are silent, what came and what it cost, what was lost or refused, what is open.")
    int sites(
            @Mixin HubOption config,
            @Option(
                            names = "--month",
                            paramLabel = "YYYY-MM",
                            description = "Bytes and money of it (default: this one).")
                    @Nullable
                    String month,
            @Option(names = "--silent", description = "Only those that are silent, or were never heard of.")
                    boolean silent,
            @Option(names = "--json", description = "One JSON object a line.") boolean json)
            throws Exception {
        if (month != null && !month.matches("\\d{4}-(0[1-9]|1[0-2])")) {
            throw new ParameterException(spec.commandLine(), "--month is " + month + ", expected such as 2026-11");
        }
        HubSettings settings = HubFile.read(config.file());
        Instant now = Instant.now();
        List<FleetReport.SiteLine> lines = FleetReport.sites(
                        settings.store(),
                        sites(config.file(), settings).sites(),
                        month == null ? SiteState.month(now) : month,
                        now)
                .stream()
                .filter(line ->
                        !silent || line.state().equals("silent") || line.state().equals("never"))
                .toList();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            lines.forEach(line -> Console.json(out, line));
        } else if (!lines.isEmpty()) {
            Console.table(
                    out,
                    List.of("SITE", "STATE", "HEARD", "FRAMES", "BYTES", "MONEY", "LOST", "OPEN", "REFUSED", "GATEWAY"),
                    lines.stream().map(HubCommand::cells).toList());
            out.println(totals(lines));
        }
        return lines.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    private static List<String> cells(FleetReport.SiteLine line) {
        long open = line.open().values().stream().mapToLong(Long::longValue).sum();
        return List.of(
                line.site().isEmpty() ? "(no known site)" : line.site(),
                line.state().equals("silent") ? "SILENT" : line.state().replace('_', ' '),
                Console.local(line.heardMicros()),
                Long.toString(line.frames()),
                Long.toString(line.bytes()),
                money(line.currency(), line.money()),
                Long.toString(line.missing()),
                open == 0 ? "-" : open + " " + FleetReport.worst(line.open()),
                line.refused().isEmpty()
                        ? "-"
                        : line.refused().entrySet().stream()
                                .map(reason -> reason.getKey() + " " + reason.getValue())
                                .collect(Collectors.joining(", ")),
                line.gateway() == null ? "-" : gateway(line.gateway()));
    }

    private static String gateway(JsonNode said) {
        List<String> words = new ArrayList<>();
        words.add("up " + said.path("uptime_h").asInt() + " h");
        words.add(said.path("sources_down").asInt() + " of "
                + said.path("sources").asInt() + " sources down");
        words.add(said.path("waiting").asInt() + " wait");
        if (said.path("not_sent").asInt() > 0) {
            words.add(said.path("not_sent").asInt() + " not sent");
        }
        words.add("disk " + said.path("disk_free_percent").asInt() + " % free");
        if (!said.path("clock_trusted").asBoolean(true)) {
            words.add("CLOCK not trusted");
        }
        return String.join(", ", words);
    }

    private static String totals(List<FleetReport.SiteLine> lines) {
        Map<String, Double> money = new LinkedHashMap<>();
        lines.forEach(line -> money.merge(line.currency(), line.money(), Double::sum));
        money.remove("");
        String sums = money.entrySet().stream()
                .map(sum -> money(sum.getKey(), sum.getValue()))
                .collect(Collectors.joining(", "));
        return lines.getFirst().month() + ": "
                + lines.stream().mapToLong(FleetReport.SiteLine::frames).sum()
                + " frames, "
                + lines.stream().mapToLong(FleetReport.SiteLine::bytes).sum() + " bytes, " + sums + "; "
                + lines.stream().filter(line -> line.state().equals("silent")).count() + " silent";
    }

    private static String money(String currency, double amount) {
        return currency.isEmpty() ? "-" : String.format(Locale.ROOT, "%s %.2f", currency, amount);
    }

    @Command(name = "cases", description = "Cases of all sites, the newest word first.")
    int cases(
            @Mixin HubOption config,
            @Option(names = "--site", paramLabel = "NAME", defaultValue = "", description = "Only this site's.")
                    String site,
            @Option(names = "--open", description = "Only those still open.") boolean open,
            @Mixin LimitOption limit,
            @Option(names = "--json", description = "One JSON object a line.") boolean json)
            throws Exception {
        HubSettings settings = HubFile.read(config.file());
        List<FleetCase> cases = FleetReport.cases(settings.store(), site, open, limit.most());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            cases.forEach(told -> Console.json(out, object(told)));
        } else if (cases.isEmpty()) {
            out.println(open ? "No case is open." : "No case so far.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (FleetCase told : cases) {
                rows.add(List.of(
                        told.site(),
                        told.asset(),
                        Integer.toString(told.key().number()),
                        told.closed() ? "closed" : told.severityWord(),
                        told.fault(),
                        Console.percent(told.confidence()),
                        told.opened().toString(),
                        told.updated().toString(),
                        told.evidence().stream().map(FrameWords::text).collect(Collectors.joining(", "))));
            }
            Console.table(
                    out,
                    List.of("SITE", "ASSET", "CASE", "STATE", "FAULT", "SURE", "OPENED", "UPDATED", "EVIDENCE"),
                    rows);
        }
        return cases.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    @Command(
            name = "evidence",
            description =
                    "A case's whole evidence as JSON, where the site was asked for it ('penstock uplink command evidence').")
    int evidence(
            @Mixin HubOption config,
            @Option(names = "--site", required = true, paramLabel = "NAME", description = "Which site's.") String site,
            @Parameters(paramLabel = "CASE", description = "As 'hub cases --json' names it.") String id)
            throws Exception {
        HubSettings settings = HubFile.read(config.file());
        PrintWriter out = spec.commandLine().getOut();
        for (FleetCase told : FleetReport.cases(settings.store(), site, false, MOST_LOOKED_AT)) {
            if (told.id().equals(id)) {
                Optional<JsonNode> evidence = FleetReport.evidence(settings.store(), told);
                if (evidence.isPresent()) {
                    Console.pretty(out, evidence.get());
                    return ExitCode.DONE;
                }
                out.println(
                        "It has not come, or not all of it: ask the site for it by 'penstock uplink command evidence'.");
                return ExitCode.NOTHING_FOUND;
            }
        }
        out.println("There is no such case of " + site + " among its newest " + MOST_LOOKED_AT + ".");
        return ExitCode.NOTHING_FOUND;
    }

    private static Map<String, Object> object(FleetCase told) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("site", told.site());
        all.put("case", told.id());
        all.put("number", told.key().number());
        all.put("asset", told.asset());
        all.put("state", told.closed() ? "closed" : "open");
        all.put("severity", told.severityWord());
        all.put("fault", told.fault());
        all.put("confidence", told.confidence());
        all.put("opened", told.opened().toString());
        all.put("updated", told.updated().toString());
        all.put("evidence", told.evidence());
        return all;
    }
}
