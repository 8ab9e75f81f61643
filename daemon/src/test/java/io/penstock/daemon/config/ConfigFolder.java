package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder with the demo's machine as {@code unit-1.toml}, in which configurations are written. */
final class ConfigFolder {
    /** A whole configuration in as few keys as it takes. */
    static final String LEAST = """
            assets = ["unit-1.toml"]
            [site]
            name = "works"
            [[replay]]
            file = "day.jsonl"
            """;

    private final Path folder;

    ConfigFolder(Path folder) throws IOException {
        this.folder = folder;
        copy("/io/penstock/daemon/demo/unit-1.toml", "unit-1.toml");
    }

    Path copy(String resource, String name) throws IOException {
        try (InputStream in = ConfigFolder.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }

    Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("penstock.toml"), text);
    }

    /** Of a text that must be refused. */
    List<String> problems(String text) throws IOException {
        Path file = file(text);
        ConfigWrong wrong = catchThrowableOfType(ConfigWrong.class, () -> ConfigFile.read(file));
        assertThat(wrong).as("this configuration was accepted: %s", text).isNotNull();
        assertThat(wrong).hasMessageStartingWith(file.toString());
        return wrong.problems();
    }
}
