package io.penstock.daemon.cli;

import io.penstock.daemon.Version;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.models.store.PullFailed;
import io.penstock.sensors.opcua.ServerUnreachable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code penstock}: the list of commands. */
@Command(
        name = "penstock",
        description =
                "Offline edge gateway for industrial telemetry: reads MQTT, Sparkplug B, OPC UA and files, finds what is"
                        + " wrong, says why.",
        versionProvider = PenstockCommand.VersionText.class,
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        subcommands = {
            RunCommand.class,
            DemoCommand.class,
            InitCommand.class,
            ConfigCommand.class,
            DoctorCommand.class,
            StatusCommand.class,
            CasesCommand.class,
            DiagnosesCommand.class,
            WhyCommand.class,
            OperatorCommands.Ack.class,
            OperatorCommands.Shelve.class,
            OperatorCommands.Confirm.class,
            OperatorCommands.Correct.class,
            BaselineCommand.class,
            PlotCommand.class,
            DetectCommand.class,
            DiagnoseCommand.class,
            ReplayCommand.class,
            HistoryCommand.class,
            ExportCommand.class,
            BackupCommand.class,
            ModelsCommand.class,
            OpcUaCommand.class,
            BenchCommand.class,
            EvalCommand.class,
            UplinkCommand.class,
            ServeCommand.class,
            EgressCommand.class,
            HubCommand.class,
            EconomicsCommand.class,
            AutoComplete.GenerateCompletion.class,
            CommandLine.HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed",
            "2:wrong usage",
            "3:configuration wrong (systemd does not restart)",
            "4:nothing found"
        })
public final class PenstockCommand {
    private static final Logger LOG = LoggerFactory.getLogger(PenstockCommand.class);

    private PenstockCommand() {}

    static final class VersionText implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "penstock " + Version.TEXT,
                System.getProperty("java.vm.name") + " " + System.getProperty("java.version") + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch")
            };
        }
    }

    /** Runs one command line and gives the process's exit code. */
    public static int run(String... arguments) {
        Optional<RunCommand> daemon = RunCommand.plainly(arguments);
        if (daemon.isPresent()) {
            return started(daemon.get());
        }
        CommandLine root = commandLine();
        // a hostile file or tag name must not colour a pipe or a log
        if (System.console() == null || !System.console().isTerminal()) {
            root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        }
        // one writer for all commands, or each has its own, and what it holds without a line's end is never written
        root.setOut(root.getOut());
        int code = root.execute(arguments);
        root.getOut().flush();
        return code;
    }

    /** The daemon's own start does not wait for the options of all commands to be looked at. */
    private static int started(RunCommand daemon) {
        try {
            return daemon.call();
        } catch (Exception problem) {
            OptionalInt code = code(problem);
            if (code.isEmpty()) {
                LOG.error("the daemon ended by a bug", problem);
                return ExitCode.FAILED;
            }
            System.err.println(said(problem));
            return code.getAsInt();
        }
    }

    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new PenstockCommand());
        CommandLine route = new CommandLine(new RouteCommand(LocalModels::embedder, LocalModels.cacheFolder()));
        route.addSubcommand(new RouteReplayCommand(LocalModels::embedder, LocalModels.cacheFolder()));
        root.addSubcommand(route);
        root.addSubcommand(new AuditCommand(LocalModels::embedder, LocalModels.cacheFolder()));
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setExecutionExceptionHandler((problem, commandLine, parsed) -> {
            OptionalInt code = code(problem);
            if (code.isEmpty()) {
                throw problem;
            }
            commandLine.getErr().println(said(problem));
            return code.getAsInt();
        });
        return root;
    }

    /** Empty for a bug. */
    private static OptionalInt code(Exception problem) {
        return switch (problem) {
            case ConfigWrong wrong -> OptionalInt.of(ExitCode.CONFIGURATION);
            case StoreFailed failed -> OptionalInt.of(ExitCode.FAILED);
            case PullFailed failed -> OptionalInt.of(ExitCode.FAILED);
            case ServerUnreachable unreachable -> OptionalInt.of(ExitCode.FAILED);
            case IOException failed -> OptionalInt.of(ExitCode.FAILED);
            default -> OptionalInt.empty();
        };
    }

    private static String said(Exception problem) {
        String reason = problem instanceof IOException failed ? reason(failed) : String.valueOf(problem.getMessage());
        // a file's name is quoted as it stands, and a terminal must not obey it
        return "penstock: " + reason.lines().map(Console::printable).collect(Collectors.joining("\n"));
    }

    /** The JDK's own say little more than a path: what happened is in the name of their class. */
    static String reason(IOException problem) {
        return switch (problem) {
            case NoSuchFileException missing -> "there is no file " + missing.getFile();
            case AccessDeniedException denied -> "no permission for " + denied.getFile();
            case ServerUnreachable unreachable -> String.valueOf(unreachable.getMessage());
            default ->
                problem.getClass() == IOException.class && problem.getMessage() != null
                        ? problem.getMessage()
                        : problem.toString();
        };
    }

    static Path home() {
        return Path.of(System.getProperty("user.home", "/"));
    }
}
