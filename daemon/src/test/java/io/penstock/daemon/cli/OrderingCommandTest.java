package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.commission.OrderFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all commands that give the daemon an order have in common. */
class OrderingCommandTest {
    @TempDir
    Path folder;

    private Path config;
    private OrderFolder orders;

    @BeforeEach
    void site() throws Exception {
        Files.writeString(folder.resolve("pump-1.toml"), """
                [asset]
                id = "pump-1"
                kind = "centrifugal_pump"
                [[channel]]
                id = "power_kw"
                quantity = "power"
                unit = "kW"
                """);
        config = Files.writeString(folder.resolve("penstock.toml"), """
                assets = ["pump-1.toml"]
                [site]
                name = "test"
                [store]
                file = "p.db"
                [[replay]]
                name = "day"
                file = "day.csv"
                asset = "pump-1"
                """);
        orders = OrderFolder.of(folder.resolve("p.db"));
        orders.create();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ack", "baseline freeze", "confirm"})
    void whatTheDaemonAnswersSteersNoTerminal(String command) throws Exception {
        CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> await().until(this::answer));

        String told = ordered(command);

        answered.get(10, TimeUnit.SECONDS);
        assertThat(told.strip()).isEqualTo("done: pump?31m?gnp");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ack", "baseline freeze", "confirm"})
    void aWaitBeyondAllTimesLeavesNoOrderBehind(String command) {
        assertThat(ordered(command, "--wait", "999999999d")).contains("--wait is '999999999d', expected a time");
        assertThat(orders.path()).isEmptyDirectory();
    }

    private boolean answer() throws Exception {
        List<OrderFolder.Found> found = orders.waiting(0);
        for (OrderFolder.Found each : found) {
            orders.answer(each, "done: pump\u009b31m\u202egnp\n");
        }
        return !found.isEmpty();
    }

    private String ordered(String command, String... more) {
        return HostileConsole.run(
                Stream.of(command.split(" "), new String[] {"pump-1", "--config", config.toString()}, more)
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }
}
