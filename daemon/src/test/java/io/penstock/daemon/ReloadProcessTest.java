package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.cli.ExitCode;
import io.penstock.daemon.cli.PenstockCommand;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon's process is told by signal and by command to take up its configuration, and is killed while it is on trial. */
class ReloadProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    @Test
    void toldBySignalOrByCommandItTakesUpTheFileAndAfterAKillStartsWithItWhole() throws Exception {
        TestSite site = new TestSite(folder);
        try (EmbeddedBroker broker = new EmbeddedBroker()) {
            broker.start();
            String[] one = {"pump-1"};
            Path config = site.config(one, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS);
            String first;
            String third;
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                await("subscribed").atMost(PATIENCE).until(daemon::connected);
                first = mark(daemon);

                site.config(one, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, "[cases]\nclose_after = \"6m\"\n");
                assertThat(new ProcessBuilder(
                                        "kill",
                                        "-HUP",
                                        Long.toString(daemon.handle().pid()))
                                .start()
                                .waitFor())
                        .isZero();
                await("taken up").atMost(PATIENCE).until(() -> !mark(daemon).equals(first));
                String second = mark(daemon);

                Files.writeString(config, "nonsense = 1\n", java.nio.file.StandardOpenOption.APPEND);
                assertThat(PenstockCommand.run("config", "apply", "--config", config.toString()))
                        .isEqualTo(ExitCode.CONFIGURATION);
                assertThat(mark(daemon)).isEqualTo(second);

                site.config(one, TestSite.mqtt(broker.uri()), TestSite.NO_MODELS, "[cases]\nclose_after = \"7m\"\n");
                assertThat(PenstockCommand.run("config", "apply", "--dry-run", "--config", config.toString()))
                        .isEqualTo(ExitCode.DONE);
                assertThat(mark(daemon)).isEqualTo(second);
                assertThat(PenstockCommand.run("config", "apply", "--config", config.toString()))
                        .isEqualTo(ExitCode.DONE);
                third = mark(daemon);
                assertThat(third).isNotIn(first, second);
                daemon.kill();
            }
            try (DaemonProcess again = DaemonProcess.start(config)) {
                assertThat(mark(again)).isEqualTo(third);
                assertThat(again.status().at("/configuration/stage").asText()).isEqualTo("on_trial");
                await("subscribed").atMost(PATIENCE).until(again::connected);
                again.stop();
            }
        }
    }

    private static String mark(DaemonProcess daemon) throws Exception {
        return daemon.status().at("/configuration/mark").asText();
    }
}
