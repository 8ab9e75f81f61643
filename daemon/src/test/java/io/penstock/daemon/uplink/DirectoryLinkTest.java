package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stick as the line: what comes by it comes once. */
class DirectoryLinkTest {
    @TempDir
    Path folder;

    @Test
    void commandsComeOnceInTheirOrderAndWhatIsNoFileIsLeftAlone() throws Exception {
        Path own = Files.createDirectories(folder.resolve("000.down/own"));
        Files.createSymbolicLink(folder.resolve("001.down"), folder.resolve("elsewhere"));
        Files.write(folder.resolve("003.down"), new byte[] {3});
        Files.write(folder.resolve("002.down"), new byte[] {2});
        Files.write(folder.resolve("004.down"), new byte[FrameSeal.LONGEST + 1]);
        DirectoryLink link = new DirectoryLink(folder, true);
        assertThat(link.received()).containsExactly(new byte[] {2}, new byte[] {3});
        assertThat(link.received()).as("not carried out yet").hasSize(2);
        link.settled();
        assertThat(link.received()).isEmpty();
        assertThat(folder).isDirectoryNotContaining("glob:**/00[2-4].down");
        assertThat(own).exists();
    }

    @Test
    void withoutListeningACommandStaysWhereItIs() throws Exception {
        Path command = Files.write(folder.resolve("002.down"), new byte[] {2});
        assertThat(new DirectoryLink(folder, false).received()).isEmpty();
        assertThat(command).exists();
    }
}
