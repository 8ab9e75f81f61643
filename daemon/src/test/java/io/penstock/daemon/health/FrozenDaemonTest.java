package io.penstock.daemon.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrozenDaemonTest {
    private static final Duration PATIENCE = Duration.ofMillis(200);

    @TempDir
    Path folder;

    @Test
    void aDaemonThatListensAndSaysNothingIsToldApartFromNone() throws Exception {
        Path path = folder.resolve("p.sock");
        assertThat(StatusSocket.ask(path, PATIENCE)).isInstanceOf(StatusSocket.Answer.Nobody.class);
        try (ServerSocketChannel frozen = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            // the kernel takes the connection; nobody ever accepts it
            frozen.bind(UnixDomainSocketAddress.of(path));
            StatusSocket.Answer answer =
                    assertTimeoutPreemptively(Duration.ofSeconds(30), () -> StatusSocket.ask(path, PATIENCE));
            assertThat(answer).isEqualTo(new StatusSocket.Answer.Silent(PATIENCE));
        }
        assertThat(StatusSocket.ask(path, PATIENCE)).isInstanceOf(StatusSocket.Answer.Nobody.class);
        try (StatusSocket alive = StatusSocket.open(path, () -> "{}")) {
            assertThat(StatusSocket.ask(path, Duration.ofSeconds(30))).isEqualTo(new StatusSocket.Answer.Told("{}"));
        }
    }

    @Test
    void readersThatReadNothingKeepNobodyFromAnAnswerLargerThanTheirSockets() throws Exception {
        Path path = folder.resolve("p.sock");
        String large = "x".repeat(4 << 20);
        List<SocketChannel> silent = new ArrayList<>();
        try (StatusSocket alive = StatusSocket.open(path, () -> large)) {
            for (int i = 0; i < 9; i++) {
                silent.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
            }
            assertThat(StatusSocket.ask(path, Duration.ofSeconds(30))).isEqualTo(new StatusSocket.Answer.Told(large));
        } finally {
            for (SocketChannel one : silent) {
                one.close();
            }
        }
    }
}
