package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.fleet.Cost;
import io.penstock.daemon.fleet.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames brought as files: each goes where its verdict sends it, whatever becomes of the others. */
class FolderDoorTest {
    private static final List<String> SITES = List.of("a", "b", "c", "d", "e");

    @TempDir
    Path folder;

    private final ArrivalQueue queue = new ArrivalQueue(100);

    /** The hub's lane, for so many frames. */
    private Thread settling(int frames, Verdict verdict) {
        return Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < frames; i++) {
                    queue.take(1, Duration.ofSeconds(20)).getFirst().settled().accept(verdict);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static Verdict taken() {
        return new Verdict.Taken(1, 1, new Cost(1, 1, 0), new byte[0], true, List.of());
    }

    private Path in(String site) throws Exception {
        return Files.createDirectories(folder.resolve("in").resolve(site)).resolve("1.frame");
    }

    private FolderDoor door(Path takenTo) {
        return new FolderDoor(new HubSettings.Folder(folder.resolve("in"), takenTo, Duration.ofSeconds(1)), queue);
    }

    @Test
    void aFileThatCannotBeMovedKeepsNoOtherSitesFilesBack() throws Exception {
        Path to = Files.createDirectory(folder.resolve("taken"));
        for (String site : SITES) {
            Files.write(in(site), new byte[] {1});
        }
        Files.writeString(to.resolve("c"), "in the way of the folder");
        FolderDoor door = door(to);
        Thread lane = settling(SITES.size(), taken());
        assertThat(door.runOnce()).as("it is not looked again at once").isFalse();
        lane.join();
        for (String site : SITES) {
            assertThat(Files.exists(in(site))).as(site).isEqualTo(site.equals("c"));
        }
        Files.delete(to.resolve("c"));
        lane = settling(1, new Verdict.Known(1, 1));
        assertThat(door.runOnce()).isTrue();
        lane.join();
        assertThat(to.resolve("c/1.frame")).exists();
    }

    @Test
    void whatIsRefusedStaysUnderAnotherName() throws Exception {
        Path file = Files.write(in("a"), new byte[] {1});
        Thread lane = settling(1, new Verdict.Refused(Verdict.Reason.TRUNCATED, ""));
        assertThat(door(folder.resolve("taken")).runOnce()).isTrue();
        lane.join();
        assertThat(file).doesNotExist();
        assertThat(file.resolveSibling("1.frame.refused")).exists();
        assertThat(door(folder.resolve("taken")).runOnce()).isFalse();
    }
}
