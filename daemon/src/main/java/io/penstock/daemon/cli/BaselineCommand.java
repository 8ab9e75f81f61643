package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.daemon.Baselines;
import io.penstock.daemon.commission.BaselineOrder;
import io.penstock.daemon.commission.Order;
import io.penstock.daemon.config.GatewaySettings;
import io.penstock.daemon.detect.Commission;
import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Snapshots;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock baseline}: what each machine is held against, and the operator's orders about it. */
@Command(
        name = "baseline",
        description = {
            "Shows what is held for healthy, and has the running daemon learn it, freeze it or learn it anew.",
            "For each operating point: a state and a chart of the slow channels, the features of each channel's waveforms."
        },
        subcommands = {
            BaselineCommand.Show.class,
            BaselineCommand.Learn.class,
            BaselineCommand.Freeze.class,
            BaselineCommand.Relearn.class
        })
final class BaselineCommand {
    private BaselineCommand() {}

    /** Reads the daemon's last snapshot; the daemon need not run. */
    @Command(
            name = "show",
            description =
                    "For each operating point and channel: learned or not, from how much, mean, spread, limits, since.")
    static final class Show implements Callable<Integer> {
        @Mixin
        StoreOption config = new StoreOption();

        @Parameters(paramLabel = "ASSET", description = "A machine's id.")
        @SuppressWarnings("NullAway.Init")
        String asset;

        @Option(names = "--json", description = "One JSON object a line.")
        boolean json;

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            GatewaySettings settings = config.settings();
            Snapshots.Snapshot saved = Database.readOnly(config.store(), Snapshots::load);
            Optional<List<LearnedChannel>> learned = Baselines.of(settings, asset, saved.states());
            if (learned.isEmpty()) {
                spec.commandLine().getErr().println("penstock: " + unknown(settings, asset));
                return ExitCode.NOTHING_FOUND;
            }
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                learned.get()
                        .forEach(line -> out.println(Console.escaped(json(line).toString())));
            } else {
                table(learned.get(), out);
            }
            return learned.get().isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
        }

        private static void table(List<LearnedChannel> learned, PrintWriter out) {
            List<List<String>> rows = new ArrayList<>();
            for (LearnedChannel line : learned) {
                rows.add(List.of(
                        line.point(),
                        line.channel(),
                        line.feature(),
                        line.detector(),
                        line.learned() ? "yes" : "no",
                        line.learned() ? Integer.toString(line.vectors()) : line.vectors() + " of " + line.wanted(),
                        number(line.mean()),
                        number(line.spread()),
                        number(line.low()),
                        number(line.high()),
                        line.unit(),
                        Console.local(line.frozenMicros())));
            }
            Console.table(
                    out,
                    List.of(
                            "OPERATING POINT",
                            "CHANNEL",
                            "FEATURE",
                            "BY",
                            "LEARNED",
                            "FROM",
                            "MEAN",
                            "SPREAD",
                            "LOW",
                            "HIGH",
                            "UNIT",
                            "FROZEN SINCE"),
                    rows);
        }

        private static String number(double value) {
            return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4g", value);
        }

        private static ObjectNode json(LearnedChannel line) {
            ObjectNode node = new ObjectMapper()
                    .createObjectNode()
                    .put("detector", line.detector())
                    .put("operating_point", line.point())
                    .put("channel", line.channel())
                    .put("feature", line.feature())
                    .put("learned", line.learned())
                    .put("vectors", line.vectors())
                    .put("wanted", line.wanted())
                    .put("unit", line.unit());
            put(node, "mean", line.mean());
            put(node, "spread", line.spread());
            put(node, "low", line.low());
            put(node, "high", line.high());
            return line.frozenMicros() == 0
                    ? node.putNull("frozen_since")
                    : node.put(
                            "frozen_since",
                            Instant.EPOCH
                                    .plus(line.frozenMicros(), ChronoUnit.MICROS)
                                    .toString());
        }

        private static void put(ObjectNode node, String key, double value) {
            if (Double.isFinite(value)) {
                node.put(key, value);
            } else {
                node.putNull(key);
            }
        }
    }

    private static String unknown(GatewaySettings settings, String asset) {
        return "no asset '" + asset + "' in the configuration; there are: "
                + settings.assets().stream().map(a -> a.id()).toList();
    }

    /** An order about one machine of the configuration. */
    private abstract static class Ordering extends OrderingCommand {
        @Parameters(paramLabel = "ASSET", description = "A machine's id.")
        @SuppressWarnings("NullAway.Init")
        String asset;

        private final Commission verb;

        Ordering(Commission verb) {
            this.verb = verb;
        }

        @Override
        Order order() {
            return new BaselineOrder(verb, asset, System.getProperty("user.name", "unknown"));
        }

        @Override
        public Integer call() throws Exception {
            GatewaySettings settings = config.settings();
            if (settings.assets().stream().noneMatch(a -> a.id().equals(asset))) {
                spec.commandLine().getErr().println("penstock: " + unknown(settings, asset));
                return ExitCode.NOTHING_FOUND;
            }
            return super.call();
        }
    }

    @Command(name = "learn", description = "Operating points without a baseline learn one when the machine is there.")
    static final class Learn extends Ordering {
        Learn() {
            super(Commission.LEARN);
        }
    }

    @Command(name = "freeze", description = "Learns no more; a half learned baseline is frozen as it is.")
    static final class Freeze extends Ordering {
        Freeze() {
            super(Commission.FREEZE);
        }
    }

    @Command(
            name = "relearn",
            description = "Forgets every baseline of the machine and learns anew from now on: it must be healthy.")
    static final class Relearn extends Ordering {
        Relearn() {
            super(Commission.RELEARN);
        }
    }
}
