package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.models.manifest.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

class InferTableTest {
    private static final String SHA = "0123456789abcdef".repeat(4);

    private final List<String> problems = new ArrayList<>();

    @Test
    void theGeneralModelWithAnAdapterAndAnExpertWithAnother() {
        InferSettings settings = read("""
                [infer]
                threads = 2
                budget_mib = 3000
                [[infer.adapter]]
                name = "bearings"
                roles = ["vibration"]
                file = "b.gguf"
                sha256 = "%1$s"
                [[infer.expert]]
                name = "ours"
                file = "ours.gguf"
                sha256 = "%1$s"
                template = "plain"
                memory_mib = 1500
                threads = 3
                pin = true
                [[infer.expert.adapter]]
                name = "pipes"
                roles = ["hydraulic", "pipe_burst"]
                file = "p.gguf"
                sha256 = "%1$s"
                """.formatted(SHA));
        assertThat(problems).isEmpty();
        assertThat(settings.budgetMiB()).isEqualTo(3_000);
        assertThat(settings.models())
                .containsExactly(
                        new LocalModel(
                                InferSettings.DEFAULT_MODEL,
                                List.of("general"),
                                null,
                                null,
                                ModelManifest.Template.CHATML,
                                0,
                                2,
                                true,
                                List.of(new LocalModel.LoraAdapter(
                                        "bearings", List.of("vibration"), "/here/b.gguf", SHA))),
                        new LocalModel(
                                "ours",
                                List.of(),
                                "/here/ours.gguf",
                                SHA,
                                ModelManifest.Template.PLAIN,
                                1_500,
                                3,
                                true,
                                List.of(new LocalModel.LoraAdapter(
                                        "pipes", List.of("hydraulic", "pipe_burst"), "/here/p.gguf", SHA))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name = "a"                                       | infer.expert[1].roles: missing; a list of roles such as
            name = "a"~roles = ["general"]                   | infer.expert[1].roles: the role "general" is taken already, by [infer] itself
            name = "a"~roles = ["x"]~[[infer.expert]]~name = "b"~roles = ["x"] | infer.expert[2].roles: the role "x" is taken already, by a
            name = "a"~roles = ["x"]~[[infer.expert]]~name = "a"~roles = ["y"] | infer.expert[2].name: the model "a" is taken already, by a
            name = "A b"~roles = ["x"]~file = "x.gguf"       | infer.expert[1].name: found "A b", expected lower-case letters
            name = "a"~roles = ["x"]~file = "x.gguf"         | infer.expert[1].file: a model file of your own needs its sha256
            name = "a"~[[infer.expert.adapter]]~name = "x"~roles = ["y"]~file = "l.gguf" | infer.expert[1].adapter[1].file: an adapter needs its sha256
            name = "a"~[[infer.expert.adapter]]~name = "x"~file = "l.gguf" | infer.expert[1].adapter[1].roles: missing
            name = "a"~roles = ["x"]~pim = true              | infer.expert[1].pim: unknown key; did you mean 'pin'?
            """)
    void everyMistakeIsNamed(String expert, String said) {
        read("[infer]\n[[infer.expert]]\n" + expert.replace('~', '\n'));
        assertThat(problems).anySatisfy(problem -> assertThat(problem).contains(said));
    }

    @Test
    void aBudgetThatAModelNeverFitsIsAMistake() {
        read("""
                [infer]
                budget_mib = 1000
                file = "a.gguf"
                sha256 = "%s"
                memory_mib = 600
                [[infer.expert]]
                name = "b"
                roles = ["vibration"]
                memory_mib = 500
                """.formatted(SHA));
        assertThat(problems)
                .singleElement()
                .asString()
                .contains("infer.budget_mib: found 1000, but b beside the pinned models may use 1100 MiB");
    }

    private InferSettings read(String toml) {
        TomlParseResult parsed = Toml.parse(toml);
        assertThat(parsed.errors()).isEmpty();
        return new InferTable(file -> "/here/" + file).read(new Section(parsed.getTable("infer"), "infer", problems));
    }
}
