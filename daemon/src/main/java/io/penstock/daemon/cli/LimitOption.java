package io.penstock.daemon.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much of a list is told. */
final class LimitOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    private int most;

    /** One or more. */
    int most() {
        return most;
    }

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "At most N (default: 50).")
    void most(int n) {
        if (n < 1) {
            throw new ParameterException(spec.commandLine(), "--limit is " + n + ", expected 1 or more");
        }
        most = n;
    }
}
