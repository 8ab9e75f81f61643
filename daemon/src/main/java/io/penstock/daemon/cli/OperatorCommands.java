package io.penstock.daemon.cli;

import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import io.penstock.daemon.commission.OrderFolder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The operator's hand on cases: orders to the running daemon. */
final class OperatorCommands {
    private OperatorCommands() {}

    /** Leaves an order beside the store and waits for its answer; without one it is taken back, so that nothing happens later. */
    abstract static class Ordering implements Callable<Integer> {
        private static final Duration LONGEST = Duration.ofSeconds(10);

        @Mixin
        StoreOption config = new StoreOption();

        @Option(
                names = "--by",
                paramLabel = "NAME",
                description = "Who says it (default: the name this command runs under).")
        String by = System.getProperty("user.name", "unknown");

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

        /** What is ordered. */
        abstract OperatorOrder order();

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

        private OperatorOrder checked() {
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

    /** {@code penstock ack}. */
    @Command(
            name = "ack",
            description = {
                "Acknowledges a case: somebody has seen it. One that becomes worse wants to be acknowledged anew.",
                "With --acted also that something was done about it."
            })
    static final class Ack extends Ordering {
        @Parameters(paramLabel = "CASE", description = "A case's id, or enough of its beginning.")
        @SuppressWarnings("NullAway.Init")
        String subject;

        @Option(names = "--acted", paramLabel = "WHAT", description = "What was done about it.")
        @Nullable
        String acted;

        @Override
        OperatorOrder order() {
            return new OperatorOrder(acted == null ? Verb.ACK : Verb.ACTED, subject, acted == null ? "" : acted, by);
        }
    }

    /** {@code penstock confirm}. */
    @Command(
            name = "confirm",
            description = {
                "Says that a diagnosis was right. Later cases like it are compared with this one, and the nearest are shown.",
                "Said again it changes nothing; 'correct' takes it back."
            })
    static final class Confirm extends Ordering {
        @Parameters(paramLabel = "ID", description = "A case's id, or a diagnosis's, or enough of its beginning.")
        @SuppressWarnings("NullAway.Init")
        String subject;

        @Option(names = "--note", paramLabel = "TEXT", description = "What was found.")
        String note = "";

        @Override
        OperatorOrder order() {
            return new OperatorOrder(Verb.CONFIRM, subject, note, by);
        }
    }

    /** {@code penstock correct}. */
    @Command(
            name = "correct",
            description = {
                "Says what a case really was. Later cases like it are compared with this one.",
                "A fault is one of the machine's symptom matrix, or 'normal' where nothing was wrong."
            })
    static final class Correct extends Ordering {
        @Parameters(paramLabel = "ID", description = "A case's id, or a diagnosis's, or enough of its beginning.")
        @SuppressWarnings("NullAway.Init")
        String subject;

        @Option(names = "--fault", paramLabel = "CODE", required = true, description = "Such as bearing_outer_race.")
        @SuppressWarnings("NullAway.Init")
        String fault;

        @Option(names = "--note", paramLabel = "TEXT", description = "What was found.")
        String note = "";

        @Override
        OperatorOrder order() {
            return new OperatorOrder(Verb.CORRECT, subject, (fault.strip() + " " + note).strip(), by);
        }
    }

    /** {@code penstock shelve}. */
    @Command(
            name = "shelve",
            description = {
                "Does not announce a case, or all of a machine, for a time: no events, no summaries for the uplink.",
                "It is stored and shown all the same. What is still open at the end is announced again."
            })
    static final class Shelve extends Ordering {
        @Parameters(paramLabel = "CASE|ASSET", description = "A case's id, or a machine's.")
        @SuppressWarnings("NullAway.Init")
        String subject;

        @Option(names = "--for", paramLabel = "TIME", description = "Such as 30m or 8h; 30 days at most.")
        @Nullable
        String length;

        @Option(names = "--end", description = "Announces it again now.")
        boolean end;

        @Override
        OperatorOrder order() {
            if (end == (length != null)) {
                throw new ParameterException(spec.commandLine(), "give --for TIME or --end");
            }
            return length == null
                    ? new OperatorOrder(Verb.UNSHELVE, subject, "", by)
                    : new OperatorOrder(
                            Verb.SHELVE,
                            subject,
                            Long.toString(time("--for", length).toSeconds()),
                            by);
        }
    }
}
