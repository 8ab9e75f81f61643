package io.penstock.daemon.cli;

import io.penstock.daemon.store.Backup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock backup --out F}: a copy of the store while the daemon runs. */
@Command(name = "backup", description = "Copies the store while the daemon runs, and checks the copy.")
final class BackupCommand implements Callable<Integer> {
    @Mixin
    StoreOption store = new StoreOption();

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "The copy; it must not exist yet.")
    @SuppressWarnings("NullAway.Init")
    Path to;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Backup.copy(store.store(), to.toAbsolutePath());
        spec.commandLine().getOut().println(to + ": " + Files.size(to) + " bytes, integrity checked");
        return ExitCode.DONE;
    }
}
