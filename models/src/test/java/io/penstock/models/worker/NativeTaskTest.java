package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.GgufHeader;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class NativeTaskTest {
    private final InstalledModel model = Installed.model(Catalogue.DEFAULT_LANGUAGE_MODEL);
    private final InstalledModel natives = Installed.natives(ModelManifest.Format.GGUF);

    @Test
    void theSameModelIsWrittenInAnotherQuantizationAndBothAreMeasured(@TempDir Path folder) throws Exception {
        Path other = folder.resolve("q4_0.gguf");
        NativeTask.quantize(model, other, natives, "Q4_0", 1);

        GgufHeader before = GgufHeader.read(model.file());
        GgufHeader after = GgufHeader.read(other);
        assertThat(after.parameters()).isEqualTo(before.parameters());
        assertThat(after.quantization()).isEqualTo("Q4_0");
        assertThat(Files.size(other)).isLessThan(Files.size(model.file()));
        NativeTask.Speed speed = NativeTask.speed(
                InstalledModel.ofFile(
                        ModelManifest.ofFile(other, ModelManifest.Template.CHATML, 512, 512, null), other),
                natives,
                1,
                1);
        assertThat(speed.read()).isGreaterThan(speed.written());
        assertThat(speed.written()).isBetween(0.1, 10_000.0);
    }

    @Test
    void whatCannotBeWrittenLeavesNothing(@TempDir Path folder) throws Exception {
        Path nowhere = folder.resolve("none").resolve("q.gguf");
        assertThatExceptionOfType(NativeTask.Failed.class)
                .isThrownBy(() -> NativeTask.quantize(model, nowhere, natives, "Q4_0", 1))
                .withMessageContaining("could not write");
        assertThatExceptionOfType(NativeTask.Failed.class)
                .isThrownBy(() -> NativeTask.quantize(model, folder.resolve("q"), natives, "Q3", 1))
                .withMessageContaining("quantization Q3 is unknown");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @Timeout(60)
    void whatDoesNotEndIsKilledAtItsLimit() {
        List<String> forAges =
                List.of("speed", model.file().toString(), natives.folder().toString(), "1", "100000");
        assertThatExceptionOfType(NativeTask.Failed.class)
                .isThrownBy(() -> NativeTask.run(Duration.ofSeconds(1), forAges))
                .withMessage("speed did not end within PT1S");
    }
}
