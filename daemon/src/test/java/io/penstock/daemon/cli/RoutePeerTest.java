package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutePeerTest {
    @TempDir
    private Path folder;

    /** It says how many letters the line has, for seconds. */
    @Test
    void eachTextIsOneLineToThePeerAndItsAnswerIsSeconds() throws Exception {
        try (RoutePeer peer = peer("while IFS= read -r line; do echo ${#line}.5; done")) {
            assertThat(peer.processorSeconds("pump")).isEqualTo(4.5);
            assertThat(peer.processorSeconds("two\nlines")).isEqualTo(9.5);
        }
    }

    @Test
    void thePeerIsGivenTheModelItsTokenizerAndADash() throws Exception {
        try (RoutePeer peer = peer("read -r line; [ -r \"$1\" ] && [ -r \"$2\" ] && [ \"$3\" = - ] && echo $#")) {
            assertThat(peer.processorSeconds("pump")).isEqualTo(3);
        }
    }

    @Test
    void aPeerThatEndsOrSaysSomethingElseIsNamed() throws Exception {
        try (RoutePeer peer = peer("read -r line; echo ready")) {
            assertThatIOException()
                    .isThrownBy(() -> peer.processorSeconds("pump"))
                    .withMessageContaining("peer.sh answered \"ready\", expected seconds");
        }
        try (RoutePeer peer = peer("read -r line")) {
            assertThatIOException()
                    .isThrownBy(() -> peer.processorSeconds("pump"))
                    .withMessageContaining("peer.sh ended before it answered");
        }
    }

    private RoutePeer peer(String script) throws Exception {
        Path file = Files.writeString(folder.resolve("peer.sh"), script);
        return RoutePeer.start("sh " + file, LocalModels.embeddingModel());
    }
}
