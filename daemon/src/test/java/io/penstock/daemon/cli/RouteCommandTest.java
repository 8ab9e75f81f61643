package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.route.BagOfWords;
import io.penstock.daemon.route.RoutesFile;
import io.penstock.models.language.ModelUnavailable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RouteCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private BagOfWords embedder = new BagOfWords();
    private Path routes = Path.of("");

    @BeforeEach
    void writeRoutes() throws Exception {
        routes = Files.writeString(folder.resolve("r.toml"), """
                [router]
                fallback = "elsewhere"
                [[route]]
                name = "bearing"
                samples = ["hot bearing", "bearing noise", "worn bearing", "bearing hot again"]
                patterns = ["TT-[0-9]+"]
                [[route]]
                name = "valve"
                samples = ["valve stuck", "valve leaks", "open valve", "stuck valve again"]
                """);
    }

    private int run(String... arguments) {
        RouteCommand.EmbedderSource source = () -> new RouteCommand.Opened(embedder, "0123456789abcdef0123");
        return run(source, arguments);
    }

    private int run(RouteCommand.EmbedderSource source, String... arguments) {
        return new CommandLine(new RouteCommand(source, folder.resolve("cache")))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void oneTextIsToldWithItsReasons() throws Exception {
        assertThat(run("--routes", routes.toString(), "bearing noise today")).isZero();
        assertThat(out.toString()).contains("route      bearing", "because");

        out.getBuffer().setLength(0);
        assertThat(run("--routes", routes.toString(), "--json", "bearing noise today"))
                .isZero();
        JsonNode node = JSON.readTree(out.toString());
        assertThat(node.path("route").asText()).isEqualTo("bearing");
        assertThat(node.path("tier").asText()).isEqualTo("semantic");
        assertThat(node.path("runner_up").asText()).isEqualTo("valve");
        assertThat(node.path("reasons")).isNotEmpty();
    }

    @Test
    void aBadLineIsCountedAndNamedAndTheRestGoesOn() throws Exception {
        Path in = Files.writeString(folder.resolve("q.jsonl"), """
                {"text":"worn bearing","id":7}
                {"text":5}
                not json \u001b[31m
                {"text":"TT-99 high"}
                """);
        Path to = folder.resolve("d.jsonl");

        assertThat(run("--routes", routes.toString(), "--in", in.toString(), "--out", to.toString()))
                .isZero();

        List<String> lines = Files.readAllLines(to);
        assertThat(lines).hasSize(2);
        JsonNode first = JSON.readTree(lines.get(0));
        assertThat(first.path("id").asInt()).isEqualTo(7);
        assertThat(first.path("nearest").asText()).isEqualTo("worn bearing");
        JsonNode second = JSON.readTree(lines.get(1));
        assertThat(second.path("tier").asText()).isEqualTo("rule");
        assertThat(second.path("score").isNull()).isTrue();
        assertThat(err.toString()).contains("line 2 is no", "line 3 is not JSON", "2 texts routed, 2 bad lines");
        assertThat(err.toString()).doesNotContain("\u001b");
    }

    @Test
    void calibrateWritesAFileThatRoutesByWhatWasLabelled() throws Exception {
        Path labelled = Files.writeString(folder.resolve("l.jsonl"), """
                {"text":"bearing hums","route":"bearing"}
                {"text":"valve hisses","route":"valve"}
                {"text":"lunch is ready","route":null}
                {"text":"pump","route":"pumps"}
                """);
        Path to = folder.resolve("r2.toml");

        assertThat(run(
                        "calibrate",
                        "--routes",
                        routes.toString(),
                        "--labelled",
                        labelled.toString(),
                        "--out",
                        to.toString()))
                .isZero();

        assertThat(err.toString()).contains("line 4 names route \"pumps\", not in the routes file");
        assertThat(RoutesFile.read(Files.readString(to)))
                .isInstanceOfSatisfying(RoutesFile.Accepted.class, accepted -> {
                    assertThat(accepted.routes().threshold()).isPresent();
                    assertThat(accepted.routes().rejects()).containsExactly("lunch is ready");
                    assertThat(accepted.routes().routes().get(1).samples()).contains("valve hisses");
                    assertThat(accepted.routes().routes().getFirst().patterns()).hasSize(1);
                });
        assertThat(run("--routes", to.toString(), "valve hisses loud")).isZero();
        assertThat(out.toString()).contains("route      valve");
    }

    @Test
    void samplesAreEmbeddedOnceAndKeptOnDisk() {
        assertThat(run("--routes", routes.toString(), "bearing")).isZero();
        assertThat(embedder.asked()).isGreaterThan(200);

        embedder = new BagOfWords();
        assertThat(run("--routes", routes.toString(), "bearing")).isZero();
        assertThat(embedder.asked()).isEqualTo(1);
    }

    @Test
    void aDamagedCacheOnlyCostsTime() throws Exception {
        run("--routes", routes.toString(), "bearing");
        try (var files = Files.list(folder.resolve("cache"))) {
            Path cache = files.findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(cache);
            Files.write(cache, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        }
        embedder = new BagOfWords();

        assertThat(run("--routes", routes.toString(), "bearing")).isZero();
        assertThat(embedder.asked()).isGreaterThan(200);
    }

    @Test
    void aWrongRoutesFileEndsWithItsOwnCode() throws Exception {
        Files.writeString(routes, "[router]\nmode = \"best\"\nfallbak = \"x\"\n");

        assertThat(run("--routes", routes.toString(), "x")).isEqualTo(3);
        assertThat(err.toString()).contains("line 2: mode is best", "line 3: fallbak is not known");
        assertThat(run("--routes", folder.resolve("none.toml").toString(), "x")).isEqualTo(3);
        assertThat(run("--routes", routes.toString())).isEqualTo(2);
    }

    @Test
    void withoutEmbedderPatternsStillDecideAndCalibrationFails() {
        RouteCommand.EmbedderSource none = () -> {
            throw new ModelUnavailable(ModelUnavailable.Reason.REFUSED, "the model is not installed");
        };

        assertThat(run(none, "--routes", routes.toString(), "TT-7 high")).isZero();
        assertThat(out.toString()).contains("route      bearing", "tier       rule");
        assertThat(run(none, "--routes", routes.toString(), "bearing")).isZero();
        assertThat(out.toString()).contains("elsewhere", "the model is not installed");
        assertThat(run(
                        none,
                        "calibrate",
                        "--routes",
                        routes.toString(),
                        "--out",
                        folder.resolve("r3.toml").toString()))
                .isEqualTo(1);
    }

    @Test
    void checkNamesWhatIsKeptAndRoutesThatAreThin() {
        assertThat(run("check", "--routes", routes.toString())).isZero();

        assertThat(out.toString()).contains("mode       margin", "of 8 texts of a route", "of 2");
        assertThat(err.toString()).contains("route bearing has 4 samples; below 10");
    }

    @Test
    void aLineThatIsNoDecisionIsNamedAndTheFilesNameSteersNoTerminal() throws Exception {
        Path hostile = folder.resolve("d\u001b[31m.jsonl");
        Files.writeString(hostile, "{\"text\":\"worn bearing\",\"route\":\"bearing\"}\n{\"text\":\"worn");

        assertThat(HostileConsole.run("route", "replay", hostile.toString()))
                .contains("d?[31m.jsonl as decisions: line 2 has no text and route")
                .doesNotContain("\u001b");
        assertThat(HostileConsole.run("config", "check", "--config", hostile + ".toml"))
                .contains("d?[31m.jsonl.toml: 1 problem\n  there is no such file")
                .doesNotContain("\u001b");
    }

    @Test
    void replayTellsWhichDecisionsAnotherRoutesFileWouldMakeOtherwise() throws Exception {
        Path made = Files.writeString(folder.resolve("d.jsonl"), """
                {"text":"worn bearing","route":"bearing","tier":"semantic"}
                {"text":"stuck valve again","route":"bearing","tier":"semantic"}
                {"text":"TT-77 high\\u001b[31m","route":"elsewhere","tier":"fallback"}
                """);
        RouteCommand.EmbedderSource source = () -> new RouteCommand.Opened(embedder, "0123456789abcdef0123");
        int code = new CommandLine(new RouteReplayCommand(source, folder.resolve("cache")))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute("--against", routes.toString(), made.toString());

        assertThat(code).isZero();
        assertThat(out.toString().lines())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("bearing -> valve (score"))
                .anyMatch(line -> line.equals("elsewhere -> bearing  TT-77 high?[31m"));
        assertThat(err.toString()).contains("3 decisions; 0 of them", "2 of 3 decisions would be others");
    }
}
