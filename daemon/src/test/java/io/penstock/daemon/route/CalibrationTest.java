package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.route.Calibration.Labelled;
import io.penstock.daemon.route.Calibration.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noOtherThresholdBalancesTheGivenTextsBetter(long seed) {
        Random random = new Random(seed);
        List<Scored> belonging = new ArrayList<>();
        List<Double> strangers = new ArrayList<>();
        for (int n = 0; n < 80; n++) {
            belonging.add(new Scored(0.8 + 0.1 * random.nextGaussian(), random.nextInt(10) > 0));
            strangers.add(0.55 + 0.1 * random.nextGaussian());
        }

        Calibration chosen = Calibration.choose(belonging, strangers, List.of());

        double best = Calibration.blurred(belonging, strangers, chosen.threshold());
        double bestPlain = 0;
        for (double other = 0; other < 1.3; other += 0.001) {
            assertThat(Calibration.blurred(belonging, strangers, other)).isLessThanOrEqualTo(best + 1e-4);
            bestPlain = Math.max(bestPlain, plain(belonging, strangers, other));
        }
        assertThat(chosen.balanced())
                .isEqualTo(plain(belonging, strangers, chosen.threshold()))
                .isGreaterThan(bestPlain - 0.02);
    }

    private static double plain(List<Scored> belonging, List<Double> strangers, double threshold) {
        double kept = belonging.stream()
                .filter(text -> text.right() && text.score() >= threshold)
                .count();
        double rejected = strangers.stream().filter(score -> score < threshold).count();
        return (kept / belonging.size() + rejected / strangers.size()) / 2;
    }

    @Test
    void separableTextsAreSplitBetweenTheTwo() {
        Calibration chosen =
                Calibration.choose(List.of(new Scored(0.9, true), new Scored(0.8, true)), List.of(0.3, 0.4), List.of());

        assertThat(chosen.threshold()).isBetween(0.45, 0.75);
        assertThat(chosen.balanced()).isEqualTo(1);
    }

    @Test
    void nothingToMeasureIsSaid() {
        assertThatThrownBy(() -> Calibration.choose(List.of(), List.of(0.1), List.of()))
                .hasMessageContaining("0 texts of a route and 1 of none");
    }

    private static Routes twoRoutes() {
        return new Routes(
                Optional.empty(),
                OptionalDouble.empty(),
                "elsewhere",
                List.of(
                        new Route("bearing", List.of("hot bearing", "bearing noise", "bearing worn"), List.of(), ""),
                        new Route(
                                "valve",
                                List.of("valve stuck", "valve leaks", "bearing valve noise hot"),
                                List.of(),
                                "")),
                List.of());
    }

    @Test
    void labelledTextsBecomeSamplesAndRejects() {
        List<Labelled> labelled = List.of(
                new Labelled("bearing hums", "bearing"),
                new Labelled("what is for lunch", ""),
                new Labelled("hello", "elsewhere"),
                new Labelled("hot bearing", "bearing"));

        Routes learned = Calibrator.learn(twoRoutes(), labelled, true);
        Routes kept = Calibrator.learn(twoRoutes(), labelled, false);

        assertThat(learned.routes().getFirst().samples()).hasSize(4).contains("bearing hums");
        assertThat(learned.rejects()).containsExactly("what is for lunch", "hello");
        assertThat(kept.routes().getFirst().samples()).hasSize(3);
        assertThat(kept.rejects()).hasSize(2);
        assertThatThrownBy(() -> Calibrator.learn(twoRoutes(), List.of(new Labelled("x", "pumps")), true))
                .hasMessageContaining("no route 'pumps'");
    }

    @Test
    void leaveOneOutNamesTheRoutesThatAreHardToTellApart() throws Exception {
        Routes routes = twoRoutes();
        List<String> negatives = List.of("the cat sleeps", "a red house", "my aunt sings");
        List<String> texts = new ArrayList<>(routes.texts());
        texts.addAll(negatives);
        Map<String, float[]> vectors = TextRouter.embed(texts, new BagOfWords(), java.time.Duration.ZERO);

        Calibration measured = SemanticRouter.of(routes, negatives, vectors).leaveOneOut();

        assertThat(measured.belonging()).isEqualTo(6);
        assertThat(measured.strangers()).isEqualTo(3);
        assertThat(measured.confusions()).singleElement().isEqualTo(new Calibration.Confusion("valve", "bearing", 1));
    }
}
