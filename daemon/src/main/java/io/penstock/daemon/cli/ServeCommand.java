package io.penstock.daemon.cli;

import io.penstock.daemon.peer.PeerKey;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock serve}: what is needed to answer other nodes, and to be answered by them. */
@Command(
        name = "serve",
        description = "Makes what [serve] and [[standby]] need: a key and a certificate for mutual TLS.",
        synopsisSubcommandLabel = "COMMAND")
final class ServeCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Command(
            name = "key",
            description = {
                "Makes this node's key and a certificate that vouches for itself, and prints its SHA-256 for the other node to pin.",
                "The same pair is for [serve] (as server) and [[standby]] (as client)."
            })
    int key(
            @Option(
                            names = "--host",
                            paramLabel = "NAME",
                            description = "A name or address the other node reaches this one by; may be given again."
                                    + " Default: this machine's name.")
                    List<String> hosts,
            @Option(names = "--out-dir", paramLabel = "DIR", defaultValue = ".", description = "Default: here.")
                    Path folder,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            defaultValue = "penstock-peer",
                            description = "Of the files NAME.key and NAME.crt. Default: ${DEFAULT-VALUE}.")
                    String name,
            @Option(
                            names = "--days",
                            paramLabel = "N",
                            defaultValue = "3650",
                            description = "How long it is valid. Default: ${DEFAULT-VALUE}.")
                    int days)
            throws Exception {
        if (days < 1 || days > 36_500 || !Files.isDirectory(folder)) {
            throw new ParameterException(
                    spec.commandLine(), "--days is 1 to 36500, and --out-dir a folder that is there");
        }
        List<String> names = hosts == null || hosts.isEmpty() ? List.of(own()) : hosts;
        PeerKey key = PeerKey.make(names, Instant.now(), days);
        try {
            key.write(folder, name);
        } catch (FileAlreadyExistsException e) {
            spec.commandLine()
                    .getErr()
                    .println(e.getMessage()
                            + " is there already, and a key is not written over; name another with --name");
            return ExitCode.FAILED;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("# for " + String.join(", ", names) + ", in "
                + folder.toAbsolutePath().normalize());
        out.println("certificate_file = \"" + name + ".crt\"");
        out.println("key_file = \"" + name + ".key\"");
        out.println("# at the other node, in [serve] clients and in [[standby]] pins:");
        out.println("\"" + key.pin() + "\"");
        return ExitCode.DONE;
    }

    private static String own() throws UnknownHostException {
        return InetAddress.getLocalHost().getHostName();
    }
}
