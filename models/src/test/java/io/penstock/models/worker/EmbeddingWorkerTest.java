package io.penstock.models.worker;

import static io.penstock.models.worker.Installed.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real bge-small int8 in a real process. */
class EmbeddingWorkerTest {
    private static final String BEARING = "The secondary bearing is showing high frictional heat";
    private static final List<String> HARDWARE = List.of(
            "Vibration on the turbine shaft is above its limit",
            "The pump motor temperature is rising",
            "Oil pressure in the gearbox dropped");
    private static final List<String> CUSTOMER = List.of(
            "I want to cancel my subscription", "How do I reset my password", "Where is the invoice for my order");

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
