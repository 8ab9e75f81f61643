package io.penstock.daemon.cli;

import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.Downlink;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameKeys;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Role;
import io.penstock.daemon.uplink.Spent;
import io.penstock.daemon.uplink.Standing;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Uplink;
import io.penstock.daemon.uplink.UplinkLane;
import io.penstock.daemon.uplink.UplinkQueue;
import io.penstock.daemon.uplink.UplinkSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock uplink}: what waits for the metered link, what was spent, and what a frame says. */
@Command(
        name = "uplink",
        description =
                "The metered link: what waits, what was spent, what a frame says; hold it or let it go; commands down it.",
        subcommands = {DownlinkCommand.class},
        synopsisSubcommandLabel = "COMMAND")
final class UplinkCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(name = "status", description = "Whether it is on, where it leads, what waits, what was sent.")
    int status(@Mixin StoreOption config, @Option(names = "--json", description = "As one JSON object.") boolean json)
            throws Exception {
        GatewaySettings settings = config.settings();
        UplinkSettings uplink = settings.uplink();
        Path store = config.store(settings);
        PrintWriter out = spec.commandLine().getOut();
        if (!uplink.enabled()) {
            out.println(json ? "{\"enabled\":false}" : "Uplink: off. No byte leaves the site.");
            return ExitCode.DONE;
        }
        UplinkQueue.Paid paid = Database.readOnly(store, UplinkQueue::paid);
        Standing standing = Database.readOnly(store, Standing::of);
        boolean paused = Uplink.Orders.beside(store).isPaused();
        List<UplinkQueue.Depth> depths = Database.readOnly(store, UplinkQueue::depths);
        Map<String, Long> counts = Database.readOnly(store, UplinkQueue::counts);
        if (json) {
            Map<String, Object> all = new HashMap<>();
            all.put("enabled", true);
            all.put("paused", paused);
            all.put("contact", uplink.contact().text(Instant.now()));
            all.put("budget_percent", standing.percent());
            all.put("frames", paid.frames());
            all.put("bytes", paid.bytes());
            all.put("money", paid.money());
            all.put("waiting", depths);
            all.put("not_sent", counts);
            Console.json(out, all);
            return ExitCode.DONE;
        }
        out.println("Uplink: " + uplink.text() + (paused ? "; PAUSED" : ""));
        out.println("Contact: " + uplink.contact().text(Instant.now()));
        standing(out, standing);
        out.println("Sent: " + paid.frames() + " frames, " + paid.bytes() + " bytes, " + money(uplink, paid.money())
                + ", as far back as the ledger is kept");
        depths.stream()
                .filter(depth -> depth.waiting() > 0)
                .forEach(depth -> out.println("Waits: " + depth.waiting() + " in "
                        + depth.lane().word() + ", the oldest since " + Console.local(depth.oldestMicros())));
        counts.forEach((what, times) -> out.println("Not sent: " + what + ", " + times + " times"));
        return ExitCode.DONE;
    }

    /** What commands from afar have set. */
    private static void standing(PrintWriter out, Standing standing) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        if (standing.pausedUntilMicros() > now) {
            out.println("Held by a command until " + Console.local(standing.pausedUntilMicros()));
        }
        if (standing.percent() != 100) {
            out.println("Budget: " + standing.percent() + " % of the caps, by a command");
        }
    }

    @Command(name = "commands", description = "The commands that came down the link, and what became of them.")
    int commands(
            @Mixin StoreOption config,
            @Mixin LimitOption limit,
            @Option(names = "--json", description = "As JSON lines.") boolean json)
            throws Exception {
        List<Downlink.Heard> heard = Database.readOnly(config.store(), c -> Downlink.heard(c, limit.most()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            heard.forEach(each -> Console.json(out, each));
        } else if (!heard.isEmpty()) {
            Console.table(
                    out,
                    List.of("TIME", "KEY", "COUNTER", "ROLE", "COMMAND", "VERDICT", "DETAIL"),
                    heard.stream()
                            .map(h -> List.of(
                                    Console.local(h.timeMicros()),
                                    Integer.toString(h.keyId()),
                                    Long.toString(h.counter()),
                                    h.role(),
                                    h.command(),
                                    h.verdict().toLowerCase(Locale.ROOT).replace('_', ' '),
                                    h.detail()))
                            .toList());
        }
        return heard.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
    }

    @Command(name = "queue", description = "The summaries that wait, the most important first.")
    int queue(@Mixin StoreOption config, @Option(names = "--json", description = "As JSON lines.") boolean json)
            throws Exception {
        GatewaySettings settings = config.settings();
        SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
        FrameWords words = new FrameWords(
                settings.assets().stream().map(asset -> asset.id()).toList());
        Database.readOnly(config.store(settings), c -> UplinkQueue.queued(c, codec))
                .forEach(queued -> words.add(queued.item(), queued.lane().word()));
        return words.print(spec.commandLine().getOut(), json);
    }

    @Command(
            name = "budget",
            description = "The caps, what was spent in the running minute, hour, day and month, and the forecast.")
    int budget(@Mixin StoreOption config) throws Exception {
        GatewaySettings settings = config.settings();
        UplinkSettings uplink = settings.uplink();
        PrintWriter out = spec.commandLine().getOut();
        if (!uplink.enabled()) {
            out.println("Uplink: off. No byte leaves the site.");
            return ExitCode.DONE;
        }
        Instant now = Instant.now();
        Spent spent = Database.readOnly(config.store(settings), c -> UplinkQueue.spentThisMonth(c, now));
        spent.enter(now);
        List<List<String>> rows = new ArrayList<>();
        for (Budget.Period period : Budget.Period.values()) {
            Optional<Budget.Cap> cap = uplink.budget().caps().stream()
                    .filter(each -> each.period() == period)
                    .findFirst();
            rows.add(List.of(
                    period.name().toLowerCase(Locale.ROOT),
                    spent.bytes(period) + " of "
                            + cap.filter(k -> k.bytes().isPresent())
                                    .map(k -> Long.toString(k.bytes().getAsLong()))
                                    .orElse("any"),
                    money(uplink, spent.money(period)) + " of "
                            + cap.filter(k -> k.money().isPresent())
                                    .map(k -> money(uplink, k.money().getAsDouble()))
                                    .orElse("any"),
                    spent.bytes(period, UplinkLane.CRITICAL) + " bytes"));
        }
        Console.table(out, List.of("PERIOD", "BYTES", "MONEY", "OF IT CRITICAL"), rows);
        out.println(
                "Forecast to the month's end: " + money(uplink, uplink.budget().forecast(spent, now)));
        return ExitCode.DONE;
    }

    private static String money(UplinkSettings uplink, double amount) {
        return String.format(Locale.ROOT, "%s %.4f", uplink.budget().tariff().currency(), amount);
    }

    @Command(name = "decode", description = "What frames say: files, or all *.frame files of folders. Changes nothing.")
    int decode(
            @Option(names = "--keys", required = true, paramLabel = "F", description = "The key file.") Path keyFile,
            @Option(
                            names = "--assets",
                            split = ",",
                            paramLabel = "ID",
                            description = "The site's assets in the order of its configuration.")
                    List<String> assets,
            @Option(names = "--json", description = "As JSON lines.") boolean json,
            @Parameters(paramLabel = "FRAME", arity = "1..*", description = "Files, or folders of them.")
                    List<Path> frames)
            throws IOException {
        Map<Integer, FrameKey> keys = new HashMap<>();
        FrameKeys.read(keyFile).forEach(key -> keys.put(key.id(), key));
        SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
        FrameWords words = new FrameWords(assets == null ? List.of() : assets);
        int refused = 0;
        for (Path file : files(frames)) {
            try {
                FrameSeal.Opened opened = FrameSeal.open(keys, Files.readAllBytes(file));
                FrameContent.items(codec, opened.content())
                        .orElseThrow(() -> new IOException("is of another dictionary; a newer Penstock reads it"))
                        .forEach(item -> words.add(item, opened.keyId() + "-" + opened.counter()));
            } catch (FrameSeal.Refused | IOException e) {
                refused++;
                spec.commandLine().getErr().println(file + " " + e.getMessage());
            }
        }
        int code = words.print(spec.commandLine().getOut(), json);
        return refused > 0 ? ExitCode.FAILED : code;
    }

    private static List<Path> files(List<Path> named) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : named) {
            if (Files.isDirectory(path)) {
                try (var inside = Files.newDirectoryStream(path, "*.frame")) {
                    List<Path> sorted = new ArrayList<>();
                    inside.forEach(sorted::add);
                    sorted.sort(null);
                    files.addAll(sorted);
                }
            } else {
                files.add(path);
            }
        }
        return files;
    }

    @Command(name = "key", description = "Prints a new line for the key files of both ends. Keep it secret.")
    int key(
            @Option(names = "--id", defaultValue = "1", description = "0 to 255; a new key gets a new id.") int id,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            description = "A key for commands down the link: viewer, operator or owner.")
                    Role role) {
        if (id < 0 || id > 255) {
            throw new ParameterException(spec.commandLine(), "--id is " + id + ", expected 0 to 255");
        }
        byte[] secret = new byte[44];
        new SecureRandom().nextBytes(secret);
        spec.commandLine()
                .getOut()
                .println(id + " " + HexFormat.of().formatHex(secret) + (role == null ? "" : " " + role.word()));
        return ExitCode.DONE;
    }

    @Command(name = "tariff", description = "Prints an example of a tariff file, each key with its default.")
    int tariff(@Option(names = "--example", description = "What it does without it, too.") boolean example)
            throws IOException {
        spec.commandLine().getOut().print(ShippedText.of("config/tariff.toml.example"));
        return ExitCode.DONE;
    }

    @Command(name = "pause", description = "Nothing leaves any more until 'resume'.")
    int pause(@Mixin StoreOption config) throws Exception {
        Path file = Uplink.Orders.beside(config.store()).pausedFile();
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        spec.commandLine().getOut().println("paused: " + file);
        return ExitCode.DONE;
    }

    @Command(name = "resume", description = "Lets it go on.")
    int resume(@Mixin StoreOption config) throws Exception {
        Files.deleteIfExists(Uplink.Orders.beside(config.store()).pausedFile());
        spec.commandLine().getOut().println("resumed");
        return ExitCode.DONE;
    }

    @Command(name = "flush", description = "Sends what waits now, as far as the budget goes.")
    int flush(@Mixin StoreOption config) throws Exception {
        Path file = Uplink.Orders.beside(config.store()).flushFile();
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        spec.commandLine().getOut().println("asked for; 'penstock uplink queue' shows what still waits");
        return ExitCode.DONE;
    }
}
