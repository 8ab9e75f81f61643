package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.Gateway;
import io.penstock.daemon.config.ConfigFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line as a stranger and as a script meet it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineTest {
    /** Allowed in a name, and colour to a library that reads such marks. */
    private static final String MARKED = "@|red,bold temp|@";

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final String HEAD = """
            assets = ["pump-1.toml"]
            [site]
            name = "works"
            [infer]
            enabled = false
            [route]
            semantic = false
            """;

    private Path folder;

    private Path config;
    private Path recording;

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

    @BeforeAll
    void aStoreWithACase(@TempDir Path shared) throws Exception {
        folder = shared;
        Files.writeString(folder.resolve("pump-1.toml"), """
                [asset]
                id = "pump-1"
                kind = "centrifugal_pump"
                [[channel]]
                id = "%s"
                quantity = "bearing_temperature"
                unit = "Cel"
                [[channel.limit]]
                above = 80
                severity = "alarm"
                """.formatted(MARKED));
        recording = Files.writeString(folder.resolve("day.jsonl"), """
                {"asset":"pump-1","channel":"%1$s","ts":1790000000000,"value":60}
                {"asset":"pump-1","channel":"\\u001b[31mred","ts":1790000000100,"value":60}
                {"asset":"pump-1","channel":"\\u202egnp","ts":1790000000100,"value":60}
                {"asset":"pump-1","channel":"%1$s","ts":1790000000200,"value":91.5}
                {"asset":"pump-1","channel":"%1$s","ts":1790000010200,"value":92}
                """.formatted(MARKED));
        config = Files.writeString(
                folder.resolve("penstock.toml"),
                HEAD + "[store]\nfile = \"p.db\"\n[[replay]]\nname = \"day\"\nfile = \"day.jsonl\"\n");
        try (Gateway gateway = Gateway.start(ConfigFile.read(config), InstantSource.system())) {
            await("played").atMost(Duration.ofSeconds(90)).until(gateway::finished);
        }
    }

    private String config() {
        return config.toString();
    }

    static Stream<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(PenstockCommand.commandLine(), List.of(), all);
        return all.stream();
    }

    private static void collect(CommandLine command, List<String> path, List<List<String>> all) {
        all.add(path);
        for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(sub.getKey());
            collect(sub.getValue(), deeper, all);
        }
    }

    private static CommandLine command(List<String> path) {
        CommandLine command = PenstockCommand.commandLine();
        for (String name : path) {
            command = Objects.requireNonNull(command.getSubcommands().get(name));
        }
        return command;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelpThatSaysWhatItDoes(List<String> path) {
        List<String> arguments = new ArrayList<>(path);
        arguments.add("--help");
        Ended help = run(arguments.toArray(String[]::new));
        assertThat(help.code()).as(help.err()).isZero();
        assertThat(help.out()).contains("Usage: penstock" + (path.isEmpty() ? "" : " " + String.join(" ", path)));
        assertThat(help.out().lines().filter(line -> !line.isBlank()).count()).isGreaterThan(2);
    }

    /** Descriptions are formats: a bare percent sign shows the raw text, and a complaint above it. */
    @ParameterizedTest
    @MethodSource("commands")
    void everyDescriptionIsAFormat(List<String> path) {
        CommandLine.Model.CommandSpec spec = command(path).getCommandSpec();
        assertThat(Stream.of(
                                Stream.of(spec.usageMessage().description()),
                                Stream.of(spec.usageMessage().footer()),
                                spec.args().stream().flatMap(arg -> Stream.of(arg.description())))
                        .flatMap(all -> all))
                .allSatisfy(text -> assertThat(text.formatted()).isNotNull());
    }

    /** The list of commands shows no more than that of each. */
    @ParameterizedTest
    @MethodSource("commands")
    void everyDescriptionBeginsWithASentence(List<String> path) {
        assertThat(command(path).getCommandSpec().usageMessage().description()[0])
                .endsWith(".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bench", "baseline", "egress", "hub", "models", "serve", "uplink", "uplink command"})
    void aGroupByItselfIsNoCommandAndNamesAllOfIts(String group) {
        List<String> path = List.of(group.split(" "));
        Ended alone = run(path.toArray(String[]::new));
        assertThat(alone.code()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(alone.out()).isEmpty();
        assertThat(alone.err()).contains(command(path).getSubcommands().keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-13", "2026-00", "2026-1", "november"})
    void aMonthThatIsNoneIsNotAnsweredWithNothingSpent(String month) {
        Ended wrong = run("hub", "sites", "--month", month);
        assertThat(wrong.code()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(wrong.err()).contains("--month is " + month + ", expected such as 2026-11");
    }

    @Test
    void helpNamesEveryCommandOfTheDesign() {
        assertThat(run("--help").out())
                .contains("run", "demo", "init", "config", "doctor", "status", "cases", "diagnoses", "why", "detect")
                .contains("diagnose", "replay", "route", "models", "generate-completion", "Exit codes:");
    }

    @Test
    void everyJsonOutputParsesOneValueALine() throws Exception {
        String id = json(0, "diagnoses", "list", "--json").getFirst().path("id").asText();
        assertThat(id).isNotEmpty();
        assertThat(json(0, "cases", "--json").getFirst().path("asset").asText()).isEqualTo("pump-1");
        assertThat(json(0, "why", id, "--json").getFirst().at("/diagnosis/id").asText())
                .isEqualTo(id);
        assertThat(json(0, "diagnoses", "show", id.substring(0, 6), "--json")
                        .getFirst()
                        .at("/case/asset")
                        .asText())
                .isEqualTo("pump-1");
        JsonNode settings = json(0, "config", "show", "--json").getFirst();
        assertThat(settings.at("/store/linger").asText()).isEqualTo("PT0.01S");
        assertThat(settings.at("/assets/0/ratedRpm").isNull()).isTrue();
        JsonNode status = json(ExitCode.FAILED, "status", "--json").getFirst();
        assertThat(status.path("running").asBoolean(true)).isFalse();
        assertThat(status.path("open_cases").path(0).path("severity").asText()).isEqualTo("alarm");
        assertThat(json(0, "replay", recording.toString(), "--json")
                        .getFirst()
                        .path("asset")
                        .asText())
                .isEqualTo("pump-1");
        Ended models = run("models", "list", "--json");
        assertThat(models.code()).isZero();
        assertThat(lines(models)).isNotEmpty();
    }

    private List<JsonNode> json(int code, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", config()));
        Ended ended = run(all.toArray(String[]::new));
        assertThat(ended.code()).as("%s: %s", all, ended.err()).isEqualTo(code);
        return lines(ended);
    }

    private static List<JsonNode> lines(Ended ended) throws Exception {
        List<JsonNode> values = new ArrayList<>();
        for (String line : ended.out().lines().toList()) {
            values.add(JSON.readTree(line));
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "run --no-such-option",
                "why",
                "diagnoses show",
                "replay",
                "cases --limit many",
                "cases --limit -5",
                "diagnoses list --limit 0",
                "hub cases --limit -1",
                "demo --fault gremlins",
                "demo --for 5 parsecs",
                "run --db other.db",
            })
    void wrongUsageEndsWithTwoAndSaysWhy(String line) {
        Ended ended = run(line.split(" "));
        assertThat(ended.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ended.err()).isNotBlank();
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void nothingFoundEndsWithFour() throws Exception {
        Ended unknown = run("why", "no-such-case", "--config", config());
        assertThat(unknown.code()).isEqualTo(ExitCode.NOTHING_FOUND);
        assertThat(unknown.err()).contains("penstock diagnoses list");
        Path quiet = Files.writeString(
                folder.resolve("quiet.jsonl"),
                "{\"asset\":\"pump-1\",\"channel\":\"" + MARKED + "\",\"ts\":1790000000000,\"value\":60}\n");
        assertThat(run("replay", quiet.toString(), "--config", config()).code()).isEqualTo(ExitCode.NOTHING_FOUND);
        assertThat(run("replay", quiet.toString(), "--config", config()).out()).contains("No case");
    }

    @Test
    void aFileThatIsNotThereIsSaidInWords() {
        Ended ended = run("eval", "--set", folder.resolve("absent.jsonl").toString());
        assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
        assertThat(ended.err()).startsWith("penstock: there is no file " + folder.resolve("absent.jsonl"));
    }

    @Test
    void theDaemonStartsPastTheOtherCommandsOptions() throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong-daemon.toml"), HEAD + "[stoer]\n");
        assertThat(RunCommand.plainly("run", "--config", wrong.toString())).isPresent();
        assertThat(RunCommand.plainly("run", "-c", wrong.toString())).isPresent();
        assertThat(RunCommand.plainly("run")).isPresent();
        assertThat(PenstockCommand.run("run", "--config", wrong.toString())).isEqualTo(ExitCode.CONFIGURATION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"run --help", "run --config", "run --config -c", "run --bogus x", "cases", "cases --config x", ""
            })
    void whatIsNotTheDaemonsPlainStartIsReadAsACommandLine(String line) {
        assertThat(RunCommand.plainly(line.split(" "))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cases",
                "status",
                "diagnoses list",
                "why x",
                "egress show x",
                "uplink commands",
                "uplink queue",
                "history pump-1",
                "baseline show pump-1"
            })
    void noStoreYetIsAFailureThatSaysSo(String line) {
        List<String> all = new ArrayList<>(List.of(line.split(" ")));
        all.addAll(List.of(
                "--config", config(), "--db", folder.resolve("absent.db").toString()));
        Ended ended = run(all.toArray(String[]::new));
        assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
        assertThat(ended.err()).contains("absent.db", "has the daemon run");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config check", "run", "cases", "status", "doctor"})
    void aWrongConfigurationEndsWithThreeAndNamesEveryMistake(String command) throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong.toml"), HEAD + "[stoer]\n[uplink]\nenabled = true\n");
        List<String> all = new ArrayList<>(List.of(command.split(" ")));
        all.addAll(List.of("--config", wrong.toString()));
        Ended ended = run(all.toArray(String[]::new));
        assertThat(ended.code()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(ended.err() + ended.out()).contains("stoer").contains("did you mean 'store'?");
        assertThat(ended.err() + ended.out()).contains("uplink.enabled");
    }

    @Test
    void aRightConfigurationIsSaidToBeRight() {
        Ended ended = run("config", "check", "--config", config());
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("is right", "1 assets", "1 sources", "uplink off");
    }

    @Test
    void theCompletionScriptCompletesEveryCommand() {
        Ended script = run("generate-completion");
        assertThat(script.code()).isZero();
        assertThat(script.out()).contains("complete -F", "penstock");
        for (String name : PenstockCommand.commandLine().getSubcommands().keySet()) {
            assertThat(script.out()).contains(name);
        }
    }

    @Test
    void hostileNamesNeverReachTheTerminalRaw() {
        String id = run("diagnoses", "list", "--config", config())
                .out()
                .lines()
                .skip(1)
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        for (String line : List.of(
                "cases",
                "diagnoses list",
                "diagnoses show " + id,
                "why " + id,
                "status",
                "replay " + recording,
                "config show")) {
            List<String> all = new ArrayList<>(List.of(line.split(" ")));
            all.addAll(List.of("--config", config()));
            Ended ended = run(all.toArray(String[]::new));
            assertThat((ended.out() + ended.err()).codePoints())
                    .as(line)
                    .noneMatch(c -> c != '\n' && Character.getType(c) == Character.CONTROL)
                    .noneMatch(c -> Character.getType(c) == Character.FORMAT);
        }
    }

    @Test
    void hostileTextOfAConfigurationNeverReachesTheTerminalRaw() throws Exception {
        Path hostile = Files.writeString(
                folder.resolve("hostile.toml"),
                HEAD + "\"\\u001b[31mkey\" = 1\n[store]\nlinger = \"\\u001b]0;title\\u0007\"\n");
        Ended ended = run("config", "check", "--config", hostile.toString());
        assertThat(ended.code()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(ended.err()).contains("store.linger");
        assertThat(ended.err().codePoints()).noneMatch(c -> c != '\n' && Character.getType(c) == Character.CONTROL);
    }
}
