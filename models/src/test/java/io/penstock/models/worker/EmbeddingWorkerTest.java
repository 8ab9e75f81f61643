package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real bge-small int8 in a real process. */
class EmbeddingWorkerTest {
    private static final String BEARING = "The secondary bearing is showing high frictional heat";
    private static final List<String> HARDWARE = List.of(
            "Vibration on the turbine shaft is above its limit",
            "The pump motor temperature is rising",
            "Oil pressure in the gearbox dropped");
    private static final List<String> CUSTOMER = List.of(
            "I want to cancel my subscription", "How do I reset my password", "Where is the invoice for my order");

    private static final float[] REFERENCE = {
        -0.0667f, 0.0274f, 0.0191f, -0.0362f, 0.0336f, 0.0314f, 0.0222f, -0.0002f, 0.0228f, -0.0293f, -0.0382f, -0.0490f
    };

    /** ONNX, opset 13: one node Identity from x to y, both float[1]. */
    private static final String IDENTITY = "08083a370a100a017812017922084964656e746974791201675a0f0a0178120"
            + "a0a08080112040a020801620f0a0179120a0a08080112040a0208014202100d";

    private static WorkerProcess worker;

    @BeforeAll
    static void open() {
        worker = Installed.embedder();
    }

    @AfterAll
    static void close() {
        worker.close();
    }

    @Test
    void aBearingIsNearerToHardwareThanToCustomers() throws ModelUnavailable {
        float[] bearing = worker.embed(BEARING, MINUTE);
        double hardware = cosine(bearing, centroid(HARDWARE));
        double customer = cosine(bearing, centroid(CUSTOMER));
        assertThat(hardware).isGreaterThan(customer + 0.1).isGreaterThan(0.6);
        assertThat(customer).isLessThan(0.6);
    }

    @Test
    void aVectorHasUnitLengthAndRepeatsExactly() throws ModelUnavailable {
        float[] vector = worker.embed(BEARING, MINUTE);
        assertThat(vector).hasSize(384);
        assertThat(cosine(vector, vector)).isCloseTo(1, within(1e-6));
        double squares = 0;
        for (float value : vector) {
            squares += value * value;
        }
        assertThat(squares).isCloseTo(1, within(1e-5));
        worker.embed("something else in between", MINUTE);
        assertThat(worker.embed(BEARING, MINUTE)).isEqualTo(vector);
    }

    @Test
    void nearerInMeaningIsNearerInCosine() throws ModelUnavailable {
        float[] bearing = worker.embed("the bearing is overheating", MINUTE);
        double same = cosine(bearing, worker.embed("high temperature at the bearing", MINUTE));
        double related = cosine(bearing, worker.embed("the pump is cavitating", MINUTE));
        double unrelated = cosine(bearing, worker.embed("capital of France", MINUTE));
        assertThat(same).isGreaterThan(related);
        assertThat(related).isGreaterThan(unrelated);
    }

    @Test
    void longEmptyAndStrangeTextsAreEmbedded() throws ModelUnavailable {
        for (String text :
                List.of("", " \t\n", "word ".repeat(5000), "\u0000\uFFFD\uD800", "[MASK] [CLS]", "°C µm 轴承")) {
            assertThat(cosine(worker.embed(text, MINUTE), worker.embed(text, MINUTE)))
                    .isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void aShortTextAfterALongOneHasItsOwnVector() throws ModelUnavailable {
        float[] vector = worker.embed(BEARING, MINUTE);
        worker.embed("word ".repeat(5000), MINUTE);
        assertThat(worker.embed(BEARING, MINUTE)).isEqualTo(vector);
        assertThat(cosine(vector, worker.embed("pump", MINUTE))).isLessThan(0.9);
    }

    /** Computed with Python's onnxruntime 1.29 on the same file; another processor's int8 kernels round otherwise. */
    @Test
    void aVectorIsThatOfTheReference() throws ModelUnavailable {
        float[] vector = worker.embed(BEARING, MINUTE);
        assertThat(java.util.Arrays.copyOf(vector, REFERENCE.length)).containsExactly(REFERENCE, within(0.01f));
    }

    /** In a process of its own: the others' has embedded long texts already. */
    @Test
    void memoryOfALongTextIsGivenBack() throws Exception {
        try (WorkerProcess fresh = Installed.embedder()) {
            fresh.embed(BEARING, MINUTE);
            long before = residentKiB(fresh);
            fresh.embed("word ".repeat(5000), MINUTE);
            fresh.embed(BEARING, MINUTE);
            assertThat(residentKiB(fresh) - before).isLessThan(16 * 1024);
        }
    }

    private static long residentKiB(WorkerProcess process) throws IOException {
        return Files.readAllLines(
                        Path.of("/proc", Long.toString(process.status().pid()), "status"))
                .stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aModelThatGivesNoVectorATokenIsRefusedAtOnce(@TempDir Path folder) throws Exception {
        InstalledModel embedder = Installed.model(Catalogue.DEFAULT_EMBEDDER);
        Path identity =
                Files.write(folder.resolve("identity.onnx"), HexFormat.of().parseHex(IDENTITY));
        Path tokenizer = embedder.file(embedder.manifest().files().getLast().name());
        ChildProcess child = ChildProcess.start("identity", 400, WorkerSettings.defaults());
        try {
            Answer answer = child.ask(
                    new Question.Load(
                            1,
                            ModelManifest.Format.ONNX,
                            ModelManifest.Template.PLAIN,
                            List.of(identity.toString(), tokenizer.toString()),
                            List.of(),
                            Installed.natives(ModelManifest.Format.ONNX)
                                    .folder()
                                    .toString(),
                            512,
                            1,
                            1,
                            ""),
                    MINUTE.toNanos());
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            Answer.Failed.class,
                            failed -> assertThat(failed.message())
                                    .contains("first output y has the shape [1], expected [texts, tokens, numbers]"));
        } finally {
            child.killAndWait("the test is over");
        }
    }

    @Test
    void anEmbedderDoesNotWrite() {
        assertThatExceptionOfType(ModelUnavailable.class)
                .isThrownBy(() -> worker.score(new Prompt("a", "b"), List.of("a", "b"), MINUTE))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ModelUnavailable.Reason.FAILED));
    }

    private static float[] centroid(List<String> texts) throws ModelUnavailable {
        float[] sum = new float[384];
        for (String text : texts) {
            float[] vector = worker.embed(text, MINUTE);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += vector[i];
            }
        }
        return sum;
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(squaresA * squaresB);
    }
}
