package io.penstock.daemon;

import io.penstock.daemon.cli.PenstockCommand;

/** The process: the command line, and its exit code. */
public final class GatewayMain {
    private GatewayMain() {}

    public static void main(String[] arguments) {
        System.exit(PenstockCommand.run(arguments));
    }
}
