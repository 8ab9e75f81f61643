package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubFileTest {
    private static final String IN = "[folder]\npath = \"in\"\n";

    @TempDir
    Path folder;

    @Test
    void aFileThatIsNoUtf8IsTold() throws Exception {
        assertThat(problems(("sites = \"s\" # caf\u00e9\n" + IN).getBytes(StandardCharsets.ISO_8859_1)))
                .containsExactly("it holds bytes that are no UTF-8; save it as UTF-8 text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sites = \"a\\u0000b\"\n", "sites = \"s\"\ntariff = \"a\\u0000b\"\n"})
    void aPathWithACharacterThatNoPathHoldsIsAMistakeOfItsLine(String text) throws Exception {
        assertThat(problems((text + IN).getBytes(StandardCharsets.UTF_8)))
                .singleElement()
                .asString()
                .contains("line ", "expected text without the character U+0000");
    }

    private List<String> problems(byte[] text) throws Exception {
        Path file = Files.write(folder.resolve("hub.toml"), text);
        return catchThrowableOfType(ConfigWrong.class, () -> HubFile.read(file)).problems();
    }
}
