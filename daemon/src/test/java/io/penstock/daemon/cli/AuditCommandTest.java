package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.models.language.ModelUnavailable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Logs by hand whose answer is known; no embedder, so that patterns alone name tasks. */
class AuditCommandTest {
    private static final String LOG = """
            {"model":"m","messages":[{"role":"user","content":"Summarize the report: Trisuli tripped at noon"}],\
            "usage":{"prompt_tokens":100,"completion_tokens":20},"response_cost":0.25}
            {"model":"m","messages":[{"role":"user","content":"Translate the sentence to German"}],\
            "usage":{"prompt_tokens":100,"completion_tokens":20},"response_cost":0.25}
            {"model":"m","messages":
            {"model":"m","messages":[{"role":"user","content":"Prove that it halts"}],\
            "usage":{"prompt_tokens":100,"completion_tokens":20},"response_cost":0.5}
            not a request at all
            {"model":"m"}
            """;

    @TempDir
    Path folder;

    private record Ended(int code, String out, String err) {}

    private Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new AuditCommand(
                () -> {
                    throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, "none here");
                },
                folder));
        int code = command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    private Path log(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void aLogByHandGivesItsKnownAnswer() throws Exception {
        Ended ended = run(log("calls.jsonl", LOG).toString(), "--json");
        assertThat(ended.code()).isZero();
        JsonNode report = new ObjectMapper().readTree(ended.out());
        assertThat(report.path("calls").asInt()).isEqualTo(3);
        assertThat(report.path("cost").asDouble()).isCloseTo(1.0, within(1e-9));
        assertThat(report.path("localCalls").asDouble()).isCloseTo(2 / 3.0, within(1e-9));
        assertThat(report.path("localCost").asDouble()).isCloseTo(0.5, within(1e-9));
        assertThat(report.path("rejects").toString())
                .contains("calls.jsonl: 1 lines, the first is line 3: is not JSON")
                .contains("line 6: has no messages, prompt or input");
        assertThat(ended.err()).contains("no embedder, tasks by patterns only: none here");
    }

    @Test
    void aPackedLogIsTheSameLog() throws Exception {
        Path packed = folder.resolve("calls.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(LOG.getBytes(StandardCharsets.UTF_8));
        }
        String plain = run(log("calls.jsonl", LOG).toString()).out();
        assertThat(run(packed.toString()).out().replace(".gz", "")).isEqualTo(plain);
    }

    @Test
    void aTableIsReadByItsMappingAndARowThatIsNoneIsPassedOver() throws Exception {
        Path table = log("calls.csv", """
                asked,price,in
                "Summarize the report:
                all, is ""well"\"",1.5,10
                "Translate the sentence to German",free,10
                Classify the ticket,0.5,10,too,many
                """);
        Ended ended = run(table.toString(), "--csv", "prompt=asked,cost=price,input_tokens=in", "--json");
        JsonNode report = new ObjectMapper().readTree(ended.out());
        assertThat(report.path("calls").asInt()).isEqualTo(2);
        assertThat(report.path("cost").asDouble()).isCloseTo(2.0, within(1e-9));
        assertThat(report.path("rejects").toString()).contains("calls.csv: 1 lines");
    }

    @Test
    void aColumnThatIsNotThereIsNamed() throws Exception {
        assertThat(new CommandLine(new AuditCommand(
                                () -> {
                                    throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, "none here");
                                },
                                folder))
                        .setExecutionExceptionHandler((problem, line, parsed) -> {
                            assertThat(problem).hasMessageContaining("no column question; it has asked");
                            return 77;
                        })
                        .execute(log("calls.csv", "asked\nhello\n").toString(), "--csv", "prompt=question"))
                .isEqualTo(77);
        assertThat(run(log("calls.csv", "asked\nhello\n").toString(), "--csv", "text=asked")
                        .err())
                .contains("expected one of");
    }

    @Test
    void pagesAreWrittenWhereTheyAreWanted() throws Exception {
        Path html = folder.resolve("report.html");
        Ended ended = run(log("calls.jsonl", LOG).toString(), "--html", html.toString());
        assertThat(ended.out()).contains("wrote " + html);
        assertThat(Files.readString(html))
                .contains("<svg")
                .contains("summarization")
                .doesNotContain("risuli");
    }

    @Test
    void aFileWithoutARequestIsNothingFound() throws Exception {
        assertThat(run(log("other.log", "hello\nworld\n").toString()).code()).isEqualTo(ExitCode.NOTHING_FOUND);
    }
}
