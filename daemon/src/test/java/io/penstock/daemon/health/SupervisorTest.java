package io.penstock.daemon.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {
    @TempDir
    Path folder;

    @Test
    void readinessReachesARealDatagramSocket() throws Exception {
        Path socket = folder.resolve("notify");
        Path python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "skipped: install Debian's python3 to receive UNIX datagrams");
        Process receiver = new ProcessBuilder(
                        python.toString(),
                        "-c",
                        "import socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]);"
                                + " print('bound',flush=True); print(repr(s.recv(4096).decode()),flush=True)",
                        socket.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = receiver.inputReader()) {
            assertThat(out.readLine()).isEqualTo("bound");
            new Supervisor(Map.of("NOTIFY_SOCKET", socket.toString())).ready("2 sources");
            assertThat(out.readLine()).isEqualTo("'READY=1\\nSTATUS=2 sources'");
        } finally {
            receiver.destroyForcibly();
        }
    }

    @Test
    void withoutASupervisorNothingIsDone() {
        Supervisor none = new Supervisor(Map.of());
        none.ready("x");
        assertThat(none.watchdog()).isEmpty();
    }

    @Test
    void theWatchdogTimeIsReadAndNonsenseIsNot() {
        assertThat(new Supervisor(Map.of("WATCHDOG_USEC", "30000000")).watchdog())
                .contains(Duration.ofSeconds(30));
        assertThat(new Supervisor(Map.of("WATCHDOG_USEC", "soon")).watchdog()).isEmpty();
    }

    @Test
    void aSocketNameThatIsNoPathIsRefused() {
        assertThatThrownBy(() -> new Supervisor(Map.of("NOTIFY_SOCKET", "relative")).ready("x"))
                .hasMessageContaining("NOTIFY_SOCKET");
    }
}
