package io.penstock.daemon.cli;

import io.penstock.daemon.Version;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.models.store.PullFailed;
import io.penstock.sensors.opcua.ServerUnreachable;
import java.io.IOException;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code penstock}: the list of commands. */
@Command(
        name = "penstock",
        description =
                "Offline edge gateway for industrial telemetry: reads MQTT and OPC UA, finds what is wrong, says why.",
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
            UplinkCommand.class,
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
        CommandLine root = commandLine();
        // a hostile file or tag name must not colour a pipe or a log
        if (System.console() == null || !System.console().isTerminal()) {
            root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        }
        return root.execute(arguments);
    }

    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new PenstockCommand());
        root.addSubcommand(new RouteCommand(LocalModels::embedder, LocalModels.cacheFolder()));
        root.addSubcommand(new AuditCommand(LocalModels::embedder, LocalModels.cacheFolder()));
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setExecutionExceptionHandler((problem, commandLine, parsed) -> switch (problem) {
            case ConfigWrong wrong -> said(commandLine, wrong, ExitCode.CONFIGURATION);
            case StoreFailed failed -> said(commandLine, failed, ExitCode.FAILED);
            case PullFailed failed -> said(commandLine, failed, ExitCode.FAILED);
            case ServerUnreachable unreachable -> said(commandLine, unreachable, ExitCode.FAILED);
            case IOException failed -> said(commandLine, failed, ExitCode.FAILED);
            default -> throw problem;
        });
        return root;
    }

    private static int said(CommandLine commandLine, Exception problem, int code) {
        boolean bare = problem instanceof IOException && !(problem instanceof ServerUnreachable);
        String what = bare ? problem.toString() : String.valueOf(problem.getMessage());
        commandLine.getErr().println("penstock: " + what);
        return code;
    }

    static Path home() {
        return Path.of(System.getProperty("user.home", "/"));
    }
}
