package io.penstock.daemon.cli;

import io.penstock.daemon.uplink.BrokerLink;
import io.penstock.daemon.uplink.Command;
import io.penstock.daemon.uplink.CommandKey;
import io.penstock.daemon.uplink.CommandSigner;
import io.penstock.daemon.uplink.ConfigDelta;
import io.penstock.daemon.uplink.FrameCounter;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock uplink command}: makes a command for a site, at the hub's side. None of them reaches a machine. */
@picocli.CommandLine.Command(
        name = "command",
        description = {
            "Makes a sealed command for a site, at the hub's side: into a folder, or to the broker its frames go to.",
            "The site takes each once, if the key's role allows it. None of them reaches a machine."
        },
        synopsisSubcommandLabel = "(evidence | shelve | budget | hold | config)")
final class DownlinkCommand {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ASSETS = "The site's assets in the order of its configuration.";

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** What every command needs: a key, and a way to go. */
    static final class Way {
        @Option(
                names = "--keys",
                required = true,
                paramLabel = "F",
                description = "The site's file of command keys; beside it stands which counters were used.")
        @SuppressWarnings("NullAway.Init")
        Path keys;

        @Option(
                names = "--key",
                paramLabel = "ID",
                description = "Which of them (default: the one of the highest role).")
        @Nullable
        Integer id;

        @ArgGroup(multiplicity = "1")
        @SuppressWarnings("NullAway.Init")
        To to;

        static final class To {
            @Option(names = "--out", paramLabel = "FOLDER", description = "Puts it there as KEY-COUNTER.down.")
            @Nullable
            Path folder;

            @ArgGroup(exclusive = false)
            @Nullable
            Broker broker;
        }

        static final class Broker {
            @Option(
                    names = "--broker",
                    required = true,
                    paramLabel = "URI",
                    description = "tcp:// or ssl:// HOST:PORT.")
            @SuppressWarnings("NullAway.Init")
            String uri;

            @Option(
                    names = "--topic",
                    required = true,
                    paramLabel = "T",
                    description = "The site's topic of frames; commands go to it with /down behind.")
            @SuppressWarnings("NullAway.Init")
            String topic;
        }
    }

    @picocli.CommandLine.Command(
            name = "evidence",
            description = "The site sends a case's whole evidence, up to 8 frames.")
    int evidence(
            @Mixin Way way,
            @Option(names = "--assets", required = true, split = ",", paramLabel = "ID", description = ASSETS)
                    List<String> assets,
            @Parameters(paramLabel = "ASSET") String asset,
            @Parameters(paramLabel = "CASE", description = "Its number, as 'uplink decode' shows it.") int caseNumber)
            throws IOException {
        return send(way, List.of(new Command.SendEvidence(place(assets, asset), caseNumber)));
    }

    @picocli.CommandLine.Command(
            name = "shelve",
            description = "Of this machine only alarms leave the site for so long; 0h ends it.")
    int shelve(
            @Mixin Way way,
            @Option(names = "--assets", required = true, split = ",", paramLabel = "ID", description = ASSETS)
                    List<String> assets,
            @Option(names = "--for", required = true, paramLabel = "TIME", description = "0h to 720h, or days.")
                    String time,
            @Parameters(paramLabel = "ASSET") String asset)
            throws IOException {
        return send(way, List.of(new Command.Shelve(place(assets, asset), hours(time))));
    }

    @picocli.CommandLine.Command(
            name = "budget",
            description = "So much of each cap holds, in percent; the site bounds it by command_budget_percent.")
    int budget(@Mixin Way way, @Parameters(paramLabel = "PERCENT") int percent) throws IOException {
        if (percent < 0 || percent > 10_000) {
            throw new ParameterException(spec.commandLine(), "PERCENT is " + percent + ", expected 0 to 10000");
        }
        return send(way, List.of(new Command.SetBudget(percent)));
    }

    @picocli.CommandLine.Command(name = "hold", description = "Nothing leaves the site for so long; 0h ends it.")
    int hold(
            @Mixin Way way,
            @Option(names = "--for", required = true, paramLabel = "TIME", description = "0h to 720h, or days.")
                    String time)
            throws IOException {
        return send(way, List.of(new Command.Hold(hours(time))));
    }

    @picocli.CommandLine.Command(
            name = "config",
            description =
                    "Changes keys of [detect] and [cases], and a few of [infer] and [route], on trial at the site.")
    int config(
            @Mixin Way way,
            @Option(names = "--site", required = true, paramLabel = "NAME", description = "The site's [site] name.")
                    String site,
            @Option(
                            names = "--number",
                            required = true,
                            paramLabel = "N",
                            description = "1 to 65535, higher each time.")
                    int number,
            @Option(
                            names = "--signer",
                            required = true,
                            paramLabel = "F",
                            description = "The Ed25519 private key whose public one the site has.")
                    Path signer,
            @Parameters(paramLabel = "DELTA.toml", description = "At most 1024 bytes.") Path file)
            throws IOException, GeneralSecurityException {
        if (number < 1 || number > 0xFFFF) {
            throw new ParameterException(spec.commandLine(), "--number is " + number + ", expected 1 to 65535");
        }
        String text = Files.readString(file);
        if (text.isEmpty() || text.getBytes(StandardCharsets.UTF_8).length > ConfigDelta.MOST_BYTES) {
            throw new ParameterException(
                    spec.commandLine(),
                    file + " has " + text.getBytes(StandardCharsets.UTF_8).length + " bytes, expected 1 to "
                            + ConfigDelta.MOST_BYTES);
        }
        return send(way, ConfigDelta.signed(text, site, number, CommandSigner.privateKey(signer)));
    }

    private int place(List<String> assets, String asset) {
        int place = assets.indexOf(asset);
        if (place < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    asset + " is not in --assets; give the site's, in the order of its configuration");
        }
        return place;
    }

    private int hours(String text) {
        return (int) Durations.parse(text)
                .filter(time -> time.equals(Duration.ofHours(time.toHours())) && time.toHours() <= Command.MOST_HOURS)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "--for is " + text + ", expected whole hours or days up to 30d, as 8h or 2d"))
                .toHours();
    }

    private int send(Way way, List<? extends Command> commands) throws IOException {
        CommandKey key = key(way);
        check(way, commands);
        FrameCounter counters = FrameCounter.ofCommands(way.keys);
        PrintWriter out = spec.commandLine().getOut();
        for (Command command : commands) {
            // seconds since 1970, so that a file of counters that was lost does not make all commands old
            long counter =
                    Math.max(counters.least(key.key().id()), Instant.now().getEpochSecond());
            counters.use(key.key().id(), counter);
            byte[] frame = FrameSeal.seal(key.key(), counter, command.encoded(), FrameSeal.Way.DOWN);
            String name = String.format(Locale.ROOT, "%03d-%012d", key.key().id(), counter);
            put(way.to, name, frame);
            out.println(name + ": " + command.text() + ", " + frame.length + " bytes");
        }
        return ExitCode.DONE;
    }

    /** Before a counter is used up for what no site takes, or for no broker. */
    private void check(Way way, List<? extends Command> commands) {
        for (Command command : commands) {
            if (Command.decode(command.encoded()).isEmpty()) {
                throw new ParameterException(spec.commandLine(), command.text() + " is no command that a site takes");
            }
        }
        Way.Broker broker = way.to.broker;
        if (broker == null) {
            return;
        }
        if (broker.topic.isBlank() || broker.topic.contains("#") || broker.topic.contains("+")) {
            throw new ParameterException(
                    spec.commandLine(), "--topic is " + broker.topic + ", expected a topic without + and #");
        }
        try {
            settings(broker);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--broker: " + e.getMessage(), e);
        }
    }

    private static MqttConnectionSettings settings(Way.Broker broker) {
        return MqttConnectionSettings.of(
                        broker.uri,
                        "penstock-command-" + ProcessHandle.current().pid())
                .withSessionExpiry(Duration.ZERO);
    }

    private static void put(Way.To to, String name, byte[] frame) throws IOException {
        Path folder = to.folder;
        Way.Broker broker = to.broker;
        if (folder != null) {
            Path part = folder.resolve("." + name + ".part");
            Files.write(part, frame);
            Files.move(part, folder.resolve(name + ".down"), StandardCopyOption.ATOMIC_MOVE);
        }
        if (broker != null) {
            publish(broker, frame);
        }
    }

    private CommandKey key(Way way) throws IOException {
        Map<Integer, CommandKey> keys = CommandKey.read(way.keys);
        CommandKey found = way.id == null
                ? keys.values().stream()
                        .max((a, b) -> a.role().compareTo(b.role()))
                        .orElseThrow()
                : keys.get(way.id);
        if (found == null) {
            throw new ParameterException(
                    spec.commandLine(), "--key is " + way.id + ", " + way.keys + " has " + keys.keySet());
        }
        return found;
    }

    private static void publish(Way.Broker to, byte[] frame) throws IOException {
        try (MqttConnection connection = new MqttConnection(settings(to))) {
            connection.start();
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!connection.isConnected() && System.nanoTime() < end) {
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
            PublishOutcome outcome = connection.publishAndWait(to.topic + BrokerLink.DOWN, frame, 1, false, PATIENCE);
            if (outcome instanceof PublishOutcome.Refused refused) {
                throw new IOException("the broker refused the command with reason " + refused.reasonCode());
            }
        }
    }
}
