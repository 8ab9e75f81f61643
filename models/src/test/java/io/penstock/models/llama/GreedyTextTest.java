package io.penstock.models.llama;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullFailed;
import io.penstock.models.store.PullProgress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is forced by the grammar and written in one step is what the model would have written token by token. */
class GreedyTextTest {
    static final String GRAMMAR = """
            root ::= "{\\"fault\\": \\"" fault "\\", \\"because\\": [" number (", " number){0,2} "], \\"summary\\": \\"" summary "\\"}"
            fault ::= "bearing outer race" | "bearing inner race" | "cavitation" | "imbalance"
            number ::= "1" | "2"
            summary ::= [A-Z] [A-Za-z0-9 ,.]{10,80}
            """;
    private static final String INSTRUCTION =
            "You name the fault of a machine from its numbered evidence. Answer in JSON: fault, because, summary.";
    static final List<Prompt> PROMPTS = List.of(
            new Prompt(INSTRUCTION, "[1] noise above 10 kHz very high (6.1 g) [2] suction pressure low (0.3 bar)"),
            new Prompt(INSTRUCTION, "[1] outer race lines clearly high (17 dB) [2] kurtosis high (11.1)"),
            new Prompt(INSTRUCTION, "[1] 1x amplitude very high (8.3 mm/s) [2] phase steady"),
            new Prompt("Say what is wrong.", "[1] temperature slightly high (71 Cel)"));

    @Test
    void whatIsWrittenIsWhatTheWholeVocabularyHeldAgainstTheGrammarGives()
            throws PullFailed, IOException, InterruptedException {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        InstalledModel model =
                store.pull(catalogue.byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow(), PullProgress.SILENT);
        InstalledModel natives = store.pull(catalogue.nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WholeVocabulary.class.getName(),
                        model.file().toString(),
                        natives.folder().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        List<String> lines = said.lines().toList();
        assertThat(lines).hasSize(2 * PROMPTS.size()).allMatch(line -> line.startsWith("{\"fault\": \""));
        for (int i = 0; i < lines.size(); i += 2) {
            assertThat(lines.get(i)).isEqualTo(lines.get(i + 1)).endsWith("\"}");
        }
        assertThat(lines.stream().distinct()).hasSizeGreaterThan(2);
    }
}
