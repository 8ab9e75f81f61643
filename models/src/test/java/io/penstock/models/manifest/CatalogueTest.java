package io.penstock.models.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    private static final String SHA = "a".repeat(64);
    private static final String GOOD = """
            name = "m"
            format = "gguf"
            role = "language"
            licence = "MIT"
            template = "plain"
            context_tokens = 512
            memory_mib = 100
            [source]
            kind = "pip"
            package = "p"
            version = "1"
            bytes = 10
            [[file]]
            name = "m.gguf"
            member = "p/m.gguf"
            bytes = 9
            sha256 = "%s"
            """.formatted(SHA);

    @Test
    void everyFileThatCanBeFetchedHasAChecksumAndASize() {
        assertThat(Catalogue.builtIn().manifests())
                .hasSize(11)
                .allSatisfy(manifest -> assertThat(manifest.pinned())
                        .as(manifest.name())
                        .isEqualTo(!(manifest.source() instanceof ModelSource.Import)));
    }

    @Test
    void everyLanguageModelSaysWhatItIsFitFor() {
        assertThat(Catalogue.builtIn().manifests())
                .filteredOn(manifest -> manifest.role() == ModelManifest.Role.LANGUAGE)
                .hasSize(6)
                .allSatisfy(manifest -> {
                    assertThat(manifest.traits().roles()).contains("general");
                    assertThat(manifest.traits().languages()).contains("en");
                    assertThat(manifest.traits().quantization()).isNotEmpty();
                    assertThat(manifest.traits().architecture()).isNotEmpty();
                });
    }

    @Test
    void theDefaultsAreAModelAnEmbedderAndTheirLibraries() {
        assertThat(Catalogue.builtIn().defaults())
                .extracting(ModelManifest::role)
                .containsExactly(
                        ModelManifest.Role.RUNTIME,
                        ModelManifest.Role.LANGUAGE,
                        ModelManifest.Role.RUNTIME,
                        ModelManifest.Role.EMBEDDING);
    }

    @Test
    void aGoodManifestIsRead() throws IOException {
        ModelManifest manifest = read(GOOD);
        assertThat(manifest.file()).isEqualTo(new ModelFile("m.gguf", "p/m.gguf", 9, SHA));
        assertThat(manifest.source()).isEqualTo(new ModelSource.Pip("p", "1", 10));
        assertThat(manifest.sha256()).isEqualTo(SHA);
    }

    @Test
    void wrongManifestsSayWhatIsWrong() {
        wrong(GOOD.replace("licence", "license"), "unknown key license");
        wrong(GOOD.replace("format = \"gguf\"", "format = \"bin\""), "expected one of [gguf, onnx, natives]");
        wrong(GOOD.replace("context_tokens = 512", "context_tokens = 2000000000"), "expected 16 to 131072");
        wrong(GOOD.replace("version = \"1\"\n", ""), "version is missing");
        wrong(GOOD.replace(SHA, "abc"), "expected 64 lower-case hexadecimal digits");
        wrong(GOOD.replace("name = \"m.gguf\"", "name = \"../m.gguf\""), "is not a plain name");
        wrong(GOOD.replace("kind = \"pip\"", "kind = \"ftp\""), "expected pip, npm, classpath or import");
        wrong("roles = [\"pump\"]\n" + GOOD, "roles are [pump], expected of [electrical, general,");
        wrong("languages = [\"English\"]\n" + GOOD, "expected codes such as en");
        wrong("name = ", "manifest x.toml");
    }

    @Test
    void aFileOfTheSiteGetsAManifestOfItsOwn() {
        ModelManifest manifest = ModelManifest.ofFile(
                Path.of("/srv/Phi 4-mini.Q4_K_M.GGUF"), ModelManifest.Template.PLAIN, 4096, 3000, null);
        assertThat(manifest.name()).isEqualTo("phi-4-mini.q4_k_m");
        assertThat(manifest.file().name()).isEqualTo("Phi 4-mini.Q4_K_M.GGUF");
        assertThat(manifest.sha256()).isNull();
    }

    private static void wrong(String toml, String why) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(toml)).withMessageContaining(why);
    }

    private static ModelManifest read(String toml) throws IOException {
        return ModelManifest.read(new ByteArrayInputStream(toml.getBytes(StandardCharsets.UTF_8)), "x.toml");
    }
}
