package io.penstock.daemon.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock init}: a first configuration to edit. */
@Command(
        name = "init",
        description = {
            "Writes an example configuration and asset file, every key with its default, unit and meaning.",
            "With --browse, lists what an OPC UA server offers, as [[opcua.item]] tables to copy."
        })
final class InitCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", arity = "0..1", defaultValue = ".", description = "Where to (default: here).")
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Option(names = "--browse", paramLabel = "ENDPOINT", description = "opc.tcp://host:port/path of an OPC UA server.")
    @Nullable
    String endpoint;

    @Mixin
    OpcUaAccessOptions access = new OpcUaAccessOptions();

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (endpoint != null) {
            return OpcUaCommand.Browse.print(access.of(endpoint, spec), out);
        }
        Files.createDirectories(folder);
        write("/io/penstock/daemon/config/penstock.toml.example", folder.resolve("penstock.toml"), out);
        write("/io/penstock/daemon/demo/unit-1.toml", folder.resolve("unit-1.toml"), out);
        out.println("Next: edit both, then  penstock config check --config " + folder.resolve("penstock.toml"));
        return ExitCode.DONE;
    }

    private void write(String resource, Path file, PrintWriter out) throws IOException {
        try (InputStream in = InitCommand.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not in this build");
            }
            Files.copy(in, file);
            out.println("wrote " + file);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " is there already and is left as it is; name another folder", e);
        }
    }
}
