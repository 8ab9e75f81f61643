package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EconomicsCommandTest {
    private record Ended(int code, String out, String err) {}

    private static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = PenstockCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    @Test
    void withoutAFileTheShippedExampleIsReckoned() {
        Ended ended = run("economics");
        assertThat(ended.code()).isZero();
        assertThat(ended.out()).contains("USD 67,500 a day").contains("289,352 tokens/s");
    }

    @Test
    void thePrintedExampleIsAFileItReads(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("mine.toml");
        Files.writeString(file, run("economics", "--example").out());
        Ended ended = run("economics", file.toString(), "--json");
        assertThat(ended.code()).isZero();
        assertThat(new ObjectMapper().readTree(ended.out()).path("apiPerDay").asDouble())
                .isEqualTo(67_500);
    }

    @Test
    void everyMistakeIsNamedAtOnceWithItsLine(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("wrong.toml");
        Files.writeString(
                file,
                run("economics", "--example")
                        .out()
                        .replace("input_tokens = 500", "input_token = 500")
                        .replace("cooling_factor = 1.4", "cooling_factor = \"much\""));
        Ended ended = run("economics", file.toString());
        assertThat(ended.code()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(ended.err())
                .contains("volume.input_tokens: missing")
                .contains("volume.input_token: unknown key; did you mean 'input_tokens'?")
                .containsPattern("line \\d+: local.cooling_factor: found \"much\"");
    }

    @Test
    void machinesThatCannotDoTheWorkEndInFailure(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("small.toml");
        Files.writeString(
                file,
                run("economics", "--example")
                        .out()
                        .replaceAll("# (input|output)_tokens_per_second", "$1_tokens_per_second"));
        Ended ended = run("economics", file.toString());
        assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
        assertThat(ended.out()).contains("NO: ");
    }
}
