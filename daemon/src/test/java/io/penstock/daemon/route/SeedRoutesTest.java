package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.models.language.TextEmbedder;
import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.ModelStore;
import io.penstock.models.store.PullProgress;
import io.penstock.models.worker.WorkerProcess;
import io.penstock.models.worker.WorkerSettings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two routes with three samples each that every version must get right, and the shipped file, with the real embedder. */
class SeedRoutesTest {
    private static final String SENTENCE = "The secondary bearing is showing high frictional heat";
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static TextEmbedder embedder = new BagOfWords();

    @BeforeAll
    static void startEmbedder() throws Exception {
        Catalogue catalogue = Catalogue.builtIn();
        ModelStore store = ModelStore.standard();
        embedder = new WorkerProcess(
                store.pull(catalogue.byName(Catalogue.DEFAULT_EMBEDDER).orElseThrow(), PullProgress.SILENT),
                store.pull(catalogue.nativesFor(ModelManifest.Format.ONNX), PullProgress.SILENT),
                WorkerSettings.defaults(),
                InstantSource.system());
    }

    @AfterAll
    static void stopEmbedder() {
        embedder.close();
    }

    private static Routes twoRoutes(Mode mode, OptionalDouble threshold) throws Exception {
        try (InputStream in = Objects.requireNonNull(
                SeedRoutesTest.class.getResourceAsStream("/io/penstock/daemon/routes/two-routes.toml"))) {
            String toml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Routes routes = ((RoutesFile.Accepted) RoutesFile.read(toml)).routes();
            return new Routes(Optional.of(mode), threshold, routes.fallback(), routes.routes(), routes.rejects());
        }
    }

    @ParameterizedTest
    @CsvSource({"CENTROID, 0.7", "MARGIN, 0.7", "MARGIN, NaN"})
    void frictionalHeatIsTelemetryInEveryMode(Mode mode, double threshold) throws Exception {
        Routes routes =
                twoRoutes(mode, Double.isNaN(threshold) ? OptionalDouble.empty() : OptionalDouble.of(threshold));

        RoutePlan plan = TextRouter.open(routes, ShippedRoutes.negatives(), embedder, DEADLINE)
                .plan(SENTENCE);

        assertThat(plan.route()).isEqualTo("hardware_telemetry");
        assertThat(plan.runnerUp()).isEqualTo("customer_support");
        // not held to a digit: int8 vectors move a little with the runtime's version
        assertThat(plan.score()).isGreaterThan(plan.threshold() + 0.02);
    }

    @Test
    void theShippedRoutesTellThePlantFromTheWorld() throws Exception {
        TextRouter router = TextRouter.open(ShippedRoutes.defaults(), ShippedRoutes.negatives(), embedder, DEADLINE);

        assertThat(router.plan(SENTENCE).route()).isEqualTo("hardware_telemetry");
        assertThat(router.plan("leaves in front of the trash rack again").route())
                .isEqualTo("hydraulic");
        assertThat(router.plan("stator winding overheated, breaker opened").route())
                .isEqualTo("electrical");
        assertThat(router.plan("flow sensor sends the same value all day").route())
                .isEqualTo("sensor_or_comms");
        assertThat(router.plan("how many alarms did unit 2 raise last week").route())
                .isEqualTo("operator_question");
        for (String stranger : List.of("who won the football world cup", "book me a table for two at eight")) {
            assertThat(router.plan(stranger).tier()).isEqualTo(RoutePlan.Tier.FALLBACK);
        }
    }
}
