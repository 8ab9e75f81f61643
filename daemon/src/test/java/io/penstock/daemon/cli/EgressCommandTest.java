package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EgressCommandTest {
    /** What an answer from elsewhere may hold: a C1 control that some terminals obey, and a turn of the writing. */
    private static final String HOSTILE = "pump\u009b31m\u202egnp";

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void theLogAsJsonIsALineEachAndSteersNoTerminal() throws Exception {
        Path store = folder.resolve("p.db");
        Path log = Files.createDirectory(folder.resolve("p.db.egress"));
        String answer = JSON.writeValueAsString(JSON.createObjectNode()
                .put("kind", "answer")
                .put("n", 1)
                .put("body", HOSTILE)
                .put("prev", "0".repeat(64)));
        Files.writeString(log.resolve("2026-11.jsonl"), answer + "\n{\"at\":\"2026-11-2");

        List<String> lines = HostileConsole.run("egress", "log", "--json", "--db", store.toString())
                .lines()
                .filter(line -> !line.startsWith("CHANGED"))
                .toList();

        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line).doesNotContain("\u009b", "\u202e");
            assertThat(JSON.readTree(line).path("body").asText()).isEqualTo(HOSTILE);
        });
    }

    @Test
    void jsonOverSeveralLinesStaysJsonAndSteersNoTerminal() throws Exception {
        JsonNode told = JSON.createObjectNode().put("channel", HOSTILE).put("line", "a\nb");
        StringWriter out = new StringWriter();

        Console.pretty(new PrintWriter(out, true), told);

        assertThat(out.toString().lines().count()).isGreaterThan(2);
        assertThat(out.toString()).doesNotContain("\u009b", "\u202e");
        assertThat(JSON.readTree(out.toString())).isEqualTo(told);
    }
}
