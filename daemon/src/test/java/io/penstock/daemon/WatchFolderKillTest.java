package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.daemon.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon is killed again and again while files come into a watched folder. */
class WatchFolderKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long FIRST_SECOND = 1_790_000_000L;
    private static final int FILES = 24;
    private static final int ROWS = 400;
    private static final int KILLS = 3;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"move", "keep"})
    void eachReadingOfEachFileIsStoredOnce(String then) throws Exception {
        TestSite site = new TestSite(folder);
        Path inbox = Files.createDirectory(folder.resolve("inbox"));
        Path config = site.config(
                new String[] {"pump-1"},
                "[[watch]]\nname = \"inbox\"\nfolder = \"inbox\"\npattern = \"*.csv\"\nasset = \"pump-1\"\nquiet = \"200ms\"\nthen = \""
                        + then + "\"\n",
                TestSite.NO_MODELS);
        for (int kill = 0; kill < KILLS; kill++) {
            try (DaemonProcess daemon = DaemonProcess.start(config)) {
                long before = rows(site);
                for (int i = 0; i < FILES / KILLS; i++) {
                    drop(inbox, kill * FILES / KILLS + i);
                }
                await("some are stored")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> rows(site) > before);
                daemon.kill();
            }
        }
        try (DaemonProcess last = DaemonProcess.start(config)) {
            await("all are stored").atMost(PATIENCE).until(() -> rows(site) == FILES * ROWS);
            if (then.equals("move")) {
                await("all are moved").atMost(PATIENCE).until(() -> count(inbox.resolve("done")) == FILES);
                assertThat(count(inbox)).as("done alone").isEqualTo(1);
            }
            last.stop();
        }
        assertThat(rows(site)).isEqualTo(FILES * ROWS);
    }

    private static void drop(Path inbox, int number) throws Exception {
        StringBuilder text = new StringBuilder("time,bearing_temp_c\n");
        for (int row = 0; row < ROWS; row++) {
            text.append(FIRST_SECOND + number * ROWS + row)
                    .append(',')
                    .append(60 + row % 3)
                    .append('\n');
        }
        Path part = Files.writeString(inbox.resolve(number + ".csv.part"), text);
        Files.move(part, inbox.resolve(number + ".csv"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static long count(Path folder) throws Exception {
        try (Stream<Path> all = Files.list(folder)) {
            return all.count();
        }
    }

    private static long rows(TestSite site) throws Exception {
        return Database.readOnly(site.store(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM reading")) {
                return r.getLong(1);
            }
        });
    }
}
