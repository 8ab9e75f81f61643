package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.uplink.FrameItem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on their way to a site that takes none below the newest it has taken. */
class CommandSpoolTest {
    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private CommandSpool spool;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectory(folder.resolve("works"));
        spool = new CommandSpool(folder, () -> now);
    }

    private void ask(int keyId, long counter, String command) throws IOException {
        Files.writeString(folder.resolve("works").resolve(String.format("%03d-%012d.down", keyId, counter)), command);
    }

    private String due() {
        return new String(spool.due("works"), StandardCharsets.UTF_8);
    }

    private void told(int keyId, long counter) {
        spool.take(new ToldReceipt("works", new FrameItem.Receipt(keyId, counter, FrameItem.Verdict.DONE)));
    }

    private Stream<String> waiting() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("works"))) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList().stream();
        }
    }

    @Test
    void aCommandIsHandedOutOnceAnHourUntilItsReceiptHasCome() throws IOException {
        ask(8, 5, "a");
        assertThat(due()).isEqualTo("a");
        assertThat(due()).isEmpty();
        now = now.plus(Duration.ofHours(1));
        assertThat(due()).isEqualTo("a");
        told(8, 5);
        assertThat(waiting()).isEmpty();
        now = now.plus(Duration.ofHours(1));
        assertThat(due()).isEmpty();
    }

    @Test
    void anEarlierOneThatMayBeLostGoesAlongBeforeANewerOneThatWouldShutItOut() throws IOException {
        ask(8, 5, "a");
        assertThat(due()).isEqualTo("a");
        ask(8, 6, "b");
        assertThat(due()).isEqualTo("ab");
        assertThat(due()).isEmpty();
    }

    @Test
    void whatIsBeforeACommandThatWasTakenWaitsNoMoreButThatOfAnotherKeyDoes() throws IOException {
        ask(7, 1, "other key");
        ask(8, 5, "a");
        ask(8, 6, "b");
        ask(8, 7, "c");
        told(8, 6);
        assertThat(waiting()).containsExactly("007-000000000001.down", "008-000000000007.down");
    }

    @Test
    void aSiteOfAnotherFolderGetsNothing() throws IOException {
        ask(8, 5, "a");
        assertThat(spool.due("mill")).isEmpty();
        assertThat(spool.due("../works")).isEmpty();
    }
}
