package io.penstock.daemon.cli;

import io.penstock.daemon.commission.OperatorOrder;
import io.penstock.daemon.commission.OperatorOrder.Verb;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The operator's hand on cases: orders to the running daemon. */
final class OperatorCommands {
    private OperatorCommands() {}

    /** What somebody says, under a name. */
    private abstract static class Said extends OrderingCommand {
        @Option(
                names = "--by",
                paramLabel = "NAME",
                description = "Who says it (default: the name this command runs under).")
        String by = System.getProperty("user.name", "unknown");
    }

    /** What a case was found to be. */
    private abstract static class Found extends Said {
        @Parameters(paramLabel = "ID", description = "A case's id, or a diagnosis's, or enough of its beginning.")
        @SuppressWarnings("NullAway.Init")
        String subject;

        @Option(names = "--note", paramLabel = "TEXT", description = "What was found.")
        String note = "";
    }

    /** {@code penstock ack}. */
    @Command(
            name = "ack",
            description = {
                "Acknowledges a case: somebody has seen it. One that becomes worse wants to be acknowledged anew.",
                "With --acted also that something was done about it."
            })
    static final class Ack extends Said {
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
    static final class Confirm extends Found {
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
    static final class Correct extends Found {
        @Option(names = "--fault", paramLabel = "CODE", required = true, description = "Such as bearing_outer_race.")
        @SuppressWarnings("NullAway.Init")
        String fault;

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
    static final class Shelve extends Said {
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
