package io.penstock.daemon.cli;

import io.penstock.daemon.commission.Order;
import io.penstock.daemon.commission.OrderFolder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that gives the running daemon an order, and tells its answer. */
abstract class OrderingCommand implements Callable<Integer> {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    @Mixin
    StoreOption config = new StoreOption();

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "15s",
            description = "How long to wait for the daemon (default: 15s); unanswered, the order is taken back.")
    @SuppressWarnings("NullAway.Init")
    String wait;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /**
     * What is ordered.
     *
     * @throws IllegalArgumentException when what was typed makes no order
     */
    abstract Order order();

    @Override
    public Integer call() throws Exception {
        Duration patience = time("--wait", wait);
        OrderFolder folder = OrderFolder.of(config.store());
        Optional<String> answer = GivenOrder.to(folder, checked()).answer(patience, LONGEST);
        if (answer.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("penstock: no daemon answered at " + folder.path() + " within " + wait
                            + "; the order was taken back and nothing was changed. 'penstock status' says"
                            + " whether one runs.");
            return ExitCode.FAILED;
        }
        spec.commandLine().getOut().println(Console.printable(answer.get()));
        return answer.get().startsWith("done") ? ExitCode.DONE : ExitCode.FAILED;
    }

    private Order checked() {
        try {
            return order();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    Duration time(String option, String typed) {
        return Durations.parse(typed)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), option + " is '" + typed + "', expected a time such as 15s or 8h"));
    }
}
