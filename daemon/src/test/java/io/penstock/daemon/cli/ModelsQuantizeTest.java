package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import picocli.CommandLine;

class ModelsQuantizeTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsSaidAsAConfigurationAndNothingIsOverwritten() throws Exception {
        ModelStore store = ModelStore.standard();
        store.pull(Catalogue.builtIn().byName(Catalogue.DEFAULT_LANGUAGE_MODEL).orElseThrow(), PullProgress.SILENT);
        store.pull(Catalogue.builtIn().nativesFor(ModelManifest.Format.GGUF), PullProgress.SILENT);
        Path file = folder.resolve("q8.gguf");

        StringWriter out = new StringWriter();
        assertThat(run(out, "--as", "Q8_0", "--out", file.toString())).isEqualTo(ExitCode.DONE);
        assertThat(GgufHeader.read(file).quantization()).isEqualTo("Q8_0");
        TomlParseResult told = Toml.parse(out.toString());
        assertThat(told.getString("infer.file")).isEqualTo(file.toString());
        assertThat(told.getString("infer.sha256")).matches("[0-9a-f]{64}");
        assertThat(told.getString("infer.template")).isEqualTo("chatml");

        long size = Files.size(file);
        assertThat(run(out, "--as", "Q4_0", "--out", file.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(Files.size(file)).isEqualTo(size);
        assertThat(run(out, "--as", "Q3", "--out", folder.resolve("q3.gguf").toString()))
                .isEqualTo(ExitCode.FAILED);
        assertThat(folder).isDirectoryNotContaining("glob:**q3*");
    }

    private static int run(StringWriter out, String... options) {
        CommandLine command = new CommandLine(new ModelsQuantize());
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(new StringWriter()));
        String[] arguments = new String[options.length + 1];
        arguments[0] = Catalogue.DEFAULT_LANGUAGE_MODEL;
        System.arraycopy(options, 0, arguments, 1, options.length);
        return command.execute(arguments);
    }
}
