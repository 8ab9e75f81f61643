package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.route.RoutePlan.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SemanticRouterTest {
    private static final int WIDTH = 48;
    private final Random random = new Random(20_261_122);
    private final Map<String, float[]> vectors = new HashMap<>();
    private final List<String> negatives = new ArrayList<>();
    private final double[][] centres = {direction(), direction(), direction()};

    private double[] direction() {
        return random.doubles(WIDTH, -1, 1).toArray();
    }

    private float[] near(double[] centre, double noise) {
        double[] point = new double[WIDTH];
        double norm = 0;
        for (int i = 0; i < WIDTH; i++) {
            point[i] = centre[i] + noise * random.nextGaussian();
            norm += point[i] * point[i];
        }
        float[] vector = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            vector[i] = (float) (point[i] / Math.sqrt(norm));
        }
        return vector;
    }

    private Routes routes(Mode mode) {
        List<Route> routes = new ArrayList<>();
        for (int r = 0; r < centres.length; r++) {
            List<String> samples = new ArrayList<>();
            for (int s = 0; s < 12; s++) {
                String text = "route " + r + " sample " + s;
                samples.add(text);
                vectors.put(text, near(centres[r], 0.3));
            }
            routes.add(new Route("r" + r, samples, List.of(), "model" + r));
        }
        for (int n = 0; n < 60; n++) {
            negatives.add("negative " + n);
            vectors.put("negative " + n, near(direction(), 0));
        }
        return new Routes(Optional.of(mode), OptionalDouble.empty(), "elsewhere", routes, List.of());
    }

    @ParameterizedTest
    @EnumSource
    void eachModeSendsTextsToTheirRouteAndStrangersToTheFallback(Mode mode) {
        SemanticRouter router = SemanticRouter.of(routes(mode), negatives, vectors);

        for (int n = 0; n < 50; n++) {
            RoutePlan plan = router.decide(near(centres[n % 3], 0.3));
            assertThat(plan.route()).isEqualTo("r" + n % 3);
            assertThat(plan.model()).isEqualTo("model" + n % 3);
            assertThat(plan.tier()).isEqualTo(Tier.SEMANTIC);
            assertThat(plan.nearest()).startsWith("route " + n % 3 + " sample");
            assertThat(plan.margin()).isPositive();
            assertThat(plan.score()).isGreaterThanOrEqualTo(plan.threshold());
            RoutePlan stranger = router.decide(near(direction(), 0));
            assertThat(stranger.route()).isEqualTo("elsewhere");
            assertThat(stranger.tier()).isEqualTo(Tier.FALLBACK);
            assertThat(stranger.model()).isEmpty();
            assertThat(stranger.reasons()).last().asString().contains("no route takes it");
        }
    }

    @Test
    void centroidScoreIsTheCosineWithTheMeanAndItsThresholdIsTheSeeds() {
        SemanticRouter router = SemanticRouter.of(
                new Routes(
                        Optional.of(Mode.CENTROID),
                        OptionalDouble.empty(),
                        "elsewhere",
                        List.of(new Route("a", List.of("x", "y"), List.of(), "")),
                        List.of()),
                List.of(),
                Map.of("x", new float[] {1, 0}, "y", new float[] {0, 1}));

        RoutePlan between = router.decide(new float[] {1, 0});

        assertThat(between.score()).isCloseTo(Math.sqrt(0.5), org.assertj.core.data.Offset.offset(1e-9));
        assertThat(between.threshold()).isEqualTo(0.7);
        assertThat(between.route()).isEqualTo("a");
        assertThat(between.margin()).isNaN();
        assertThat(router.decide(new float[] {0.8f, -0.6f}).route()).isEqualTo("elsewhere");
    }

    @Test
    void marginTakesOffWhatLiesNearTheBackground() {
        Routes routes = routes(Mode.MARGIN);
        float[] asked = near(centres[0], 0.3);
        RoutePlan before = SemanticRouter.of(routes, negatives, vectors).decide(asked);
        List<String> rejects = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            rejects.add("reject " + n);
            vectors.put("reject " + n, near(centres[0], 0.3));
        }
        Routes rejecting =
                new Routes(routes.statedMode(), routes.threshold(), routes.fallback(), routes.routes(), rejects);

        RoutePlan after = SemanticRouter.of(rejecting, negatives, vectors).decide(asked);

        assertThat(after.score()).isLessThan(before.score() - 0.1);
    }

    @ParameterizedTest
    @EnumSource
    void theSameFileAndVectorsGiveTheSameDecision(Mode mode) {
        Routes routes = routes(mode);
        float[] asked = near(centres[1], 0.6);

        assertThat(SemanticRouter.of(routes, negatives, vectors).decide(asked))
                .isEqualTo(SemanticRouter.of(routes, negatives, vectors).decide(asked));
    }

    @Test
    void aTextWithoutVectorIsNamed() {
        Routes routes = routes(Mode.MARGIN);
        vectors.remove("route 2 sample 3");

        assertThatThrownBy(() -> SemanticRouter.of(routes, negatives, vectors))
                .hasMessageContaining("route 2 sample 3");
    }

    @Test
    void softmaxSeparatesWhatIsSeparable() {
        double[][] x = new double[60][];
        int[] y = new int[60];
        for (int n = 0; n < 60; n++) {
            y[n] = n % 3;
            float[] vector = near(centres[n % 3], 0.4);
            x[n] = new double[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                x[n][i] = 4 * vector[i];
            }
        }
        Softmax softmax = Softmax.train(x, y, 3);

        for (int n = 0; n < 60; n++) {
            assertThat(Softmax.logOdds(softmax.logits(x[n]), y[n])).isGreaterThan(1);
        }
    }
}
