package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.sensors.opcua.OpcUaAccess;
import io.penstock.sensors.opcua.OpcUaBrowser;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.opcua.ServerUnreachable;
import io.penstock.sensors.opcua.TrustFolder;
import io.penstock.sensors.opcua.TrustFolder.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock opcua}: which servers are trusted, and what they offer. */
@Command(
        name = "opcua",
        description = "OPC UA servers: which certificates are trusted, and what a server offers.",
        subcommands = {
            OpcUaCommand.ListCertificates.class,
            OpcUaCommand.Trust.class,
            OpcUaCommand.Reject.class,
            OpcUaCommand.Browse.class
        })
final class OpcUaCommand {
    private static final int LEAST_PREFIX = 6;

    private OpcUaCommand() {}

    /** The trust folders: of the configuration's sources, or the one that is named. */
    static final class Folders {
        @Mixin
        ConfigOption config = new ConfigOption();

        @Option(
                names = "--trust-folder",
                paramLabel = "FOLDER",
                description = "This folder (default: those of the configuration's [[opcua]] sources).")
        @Nullable
        Path folder;

        List<TrustFolder> all() throws ConfigWrong, IOException {
            if (folder != null) {
                return List.of(new TrustFolder(folder));
            }
            Set<Path> folders = new LinkedHashSet<>();
            for (OpcUaSourceSettings source : config.settings().opcua()) {
                Path trust = source.access().trustFolder();
                if (trust != null) {
                    folders.add(trust);
                }
            }
            if (folders.isEmpty()) {
                throw new IOException(
                        config.configFile() + ": no [[opcua]] source has a trust_folder, so there are no certificates");
            }
            return folders.stream().map(TrustFolder::new).toList();
        }
    }

    @Command(
            name = "list",
            description = {
                "Our own certificate, the trusted servers' and the rejected ones'.",
                "Thumbprint (SHA-1, as OPC UA tools show it), subject, validity, where it came from."
            })
    static final class ListCertificates implements Callable<Integer> {
        @Mixin
        Folders folders = new Folders();

        @Option(names = "--json", description = "One JSON object a line.")
        boolean json;

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            List<TrustFolder.Entry> entries = new ArrayList<>();
            for (TrustFolder folder : folders.all()) {
                entries.addAll(folder.entries());
            }
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                entries.forEach(e -> out.println(Console.escaped(json(e).toString())));
            } else if (!entries.isEmpty()) {
                Console.table(
                        out,
                        List.of("STATE", "THUMBPRINT", "SUBJECT", "VALID FROM", "UNTIL", "MET BY", "FILE"),
                        entries.stream().map(ListCertificates::row).toList());
            }
            return entries.isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
        }

        private static List<String> row(TrustFolder.Entry e) {
            return List.of(
                    e.state().name().toLowerCase(Locale.ROOT),
                    e.thumbprint(),
                    Console.printable(e.subject()),
                    e.validFrom().toString(),
                    e.validUntil().toString(),
                    Console.printable(e.origin()),
                    e.file().toString());
        }

        private static String json(TrustFolder.Entry e) {
            return new ObjectMapper()
                    .createObjectNode()
                    .put("state", e.state().name().toLowerCase(Locale.ROOT))
                    .put("thumbprint", e.thumbprint())
                    .put("subject", e.subject())
                    .put("valid_from", e.validFrom().toString())
                    .put("valid_until", e.validUntil().toString())
                    .put("met_by", e.origin())
                    .put("file", e.file().toString())
                    .toString();
        }
    }

    /** Moves one certificate; a running daemon sees it at its next attempt, or within seconds where trust is taken away. */
    private abstract static class Moving implements Callable<Integer> {
        @Mixin
        Folders folders = new Folders();

        @Parameters(
                paramLabel = "THUMBPRINT",
                description = "As 'penstock opcua list' shows it, or its first 6 or more characters.")
        @SuppressWarnings("NullAway.Init")
        String thumbprint;

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        private final State from;
        private final State to;

        Moving(State from, State to) {
            this.from = from;
            this.to = to;
        }

        private record Match(TrustFolder folder, TrustFolder.Entry entry) {}

        @Override
        public Integer call() throws Exception {
            String prefix = thumbprint.replace(":", "").replace(" ", "").toLowerCase(Locale.ROOT);
            if (prefix.length() < LEAST_PREFIX) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + thumbprint + "' is short, expected " + LEAST_PREFIX + " or more characters");
            }
            List<Match> matches = new ArrayList<>();
            for (TrustFolder folder : folders.all()) {
                for (TrustFolder.Entry entry : folder.entries()) {
                    if (entry.state() == from && entry.thumbprint().startsWith(prefix)) {
                        matches.add(new Match(folder, entry));
                    }
                }
            }
            String what = from.name().toLowerCase(Locale.ROOT);
            if (matches.isEmpty()) {
                spec.commandLine()
                        .getErr()
                        .println("penstock: no " + what + " certificate has a thumbprint that begins with " + prefix
                                + "; 'penstock opcua list' shows all");
                return ExitCode.NOTHING_FOUND;
            }
            if (matches.stream().map(m -> m.entry().thumbprint()).distinct().count() > 1) {
                spec.commandLine()
                        .getErr()
                        .println("penstock: " + matches.size() + " " + what + " certificates begin with " + prefix
                                + "; give more characters");
                return ExitCode.FAILED;
            }
            for (Match match : matches) {
                Path now = match.folder().move(match.entry(), to);
                spec.commandLine()
                        .getOut()
                        .println(to.name().toLowerCase(Locale.ROOT) + " "
                                + match.entry().thumbprint() + " "
                                + Console.printable(match.entry().subject()) + ": " + now);
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "trust",
            description = {
                "Moves a rejected certificate to the trusted ones.",
                "Compare its thumbprint with the one the server itself shows first."
            })
    static final class Trust extends Moving {
        Trust() {
            super(State.REJECTED, State.TRUSTED);
        }
    }

    @Command(
            name = "reject",
            description = "Takes a server's trust away; a running daemon leaves the server within seconds.")
    static final class Reject extends Moving {
        Reject() {
            super(State.TRUSTED, State.REJECTED);
        }
    }

    @Command(
            name = "browse",
            description = {
                "Lists what a server offers, as [[opcua.item]] tables to copy.",
                "A source of the configuration by its name is reached as configured."
            })
    static final class Browse implements Callable<Integer> {
        @Mixin
        ConfigOption config = new ConfigOption();

        @Parameters(paramLabel = "SOURCE|ENDPOINT", description = "A source's name, or opc.tcp://host:port/path.")
        @SuppressWarnings("NullAway.Init")
        String server;

        @Mixin
        OpcUaAccessOptions access = new OpcUaAccessOptions();

        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            if (server.startsWith("opc.tcp://")) {
                return print(access.of(server, spec), spec.commandLine().getOut());
            }
            for (OpcUaSourceSettings source : config.settings().opcua()) {
                if (source.name().equals(server)) {
                    return print(source.access(), spec.commandLine().getOut());
                }
            }
            spec.commandLine()
                    .getErr()
                    .println("penstock: no [[opcua]] source is named '" + server + "'; there are "
                            + config.settings().opcua().stream()
                                    .map(OpcUaSourceSettings::name)
                                    .toList());
            return ExitCode.NOTHING_FOUND;
        }

        /** What is there, as tables to copy. */
        static int print(OpcUaAccess access, PrintWriter out) throws ServerUnreachable {
            OpcUaBrowser.Listing listing = OpcUaBrowser.browse(access);
            for (OpcUaBrowser.Variable v : listing.variables()) {
                out.println("# " + Console.printable(v.displayName()) + ", " + v.dataType() + ", path "
                        + Console.printable(v.path()));
                out.println("[[opcua.item]]");
                out.println("node = \""
                        + Console.printable(v.nodeId()).replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
                out.println("asset = \"\"    # the machine it belongs to");
                out.println("channel = \"\"  # a [[channel]] id of its asset file");
                out.println();
            }
            if (!listing.complete()) {
                out.println(
                        "# there is more; only the first " + listing.variables().size() + " are listed");
            }
            return listing.variables().isEmpty() ? ExitCode.NOTHING_FOUND : ExitCode.DONE;
        }
    }
}
