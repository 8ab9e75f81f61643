package io.penstock.daemon.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command line's whole output, both streams. */
public final class HostileConsole {
    private HostileConsole() {}

    public static String run(String... arguments) {
        StringWriter all = new StringWriter();
        CommandLine root = PenstockCommand.commandLine();
        root.setOut(new PrintWriter(all, true));
        root.setErr(new PrintWriter(all, true));
        root.execute(arguments);
        return all.toString();
    }
}
