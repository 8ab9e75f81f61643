package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.penstock.daemon.route.RoutePlan.Tier;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TextRouterTest {
    private static final List<String> NEGATIVES = List.of("the cat sleeps", "a red house", "my aunt sings loud");
    private final Routes routes = new Routes(
            Optional.of(Mode.MARGIN),
            OptionalDouble.empty(),
            "elsewhere",
            List.of(
                    new Route(
                            "bearing",
                            List.of("hot bearing", "bearing noise", "worn bearing"),
                            List.of(Pattern.compile("(?i)\\bTT-\\d{4}\\b")),
                            "vibration"),
                    new Route("valve", List.of("valve stuck", "valve leaks", "open valve"), List.of(), "hydraulic")),
            List.of());

    /** Answers the first questions, then no more. */
    private static final class Dying implements TextEmbedder {
        private int left;

        Dying(int answers) {
            left = answers;
        }

        @Override
        public float[] embed(String text, Duration deadline) throws ModelUnavailable {
            if (left-- <= 0) {
                throw new ModelUnavailable(ModelUnavailable.Reason.DIED, "killed by signal 11");
            }
            return BagOfWords.vector(text);
        }

        @Override
        public void close() {}
    }

    @Test
    void aPatternDecidesBeforeAnyModelIsAsked() throws Exception {
        BagOfWords embedder = new BagOfWords();
        TextRouter router = TextRouter.open(routes, NEGATIVES, embedder, Duration.ofSeconds(1));
        int before = embedder.asked();

        RoutePlan plan = router.plan("valve 3: tt-1042 412.3 degC");

        assertThat(plan.route()).isEqualTo("bearing");
        assertThat(plan.tier()).isEqualTo(Tier.RULE);
        assertThat(plan.score()).isNaN();
        assertThat(plan.reasons()).first().asString().contains("at character 10");
        assertThat(embedder.asked()).isEqualTo(before);
    }

    @Test
    void withoutPatternTheVectorDecides() throws Exception {
        TextRouter router = TextRouter.open(routes, NEGATIVES, new BagOfWords(), Duration.ofSeconds(1));

        assertThat(router.plan("the bearing noise").route()).isEqualTo("bearing");
        assertThat(router.plan("valve stuck open").route()).isEqualTo("valve");
        assertThat(router.plan("cat and house and aunt").route()).isEqualTo("elsewhere");
        assertThat(router.plan("  ").tier()).isEqualTo(Tier.FALLBACK);
    }

    @Test
    void aDyingEmbedderLeavesPatternsAndFallback() throws Exception {
        TextRouter router = TextRouter.open(routes, NEGATIVES, new Dying(9), Duration.ofSeconds(1));

        RoutePlan plan = router.plan("bearing noise");

        assertThat(plan.route()).isEqualTo("elsewhere");
        assertThat(plan.tier()).isEqualTo(Tier.FALLBACK);
        assertThat(plan.reasons().toString()).contains("DIED", "killed by signal 11");
        assertThat(router.plan("TT-1042").route()).isEqualTo("bearing");
    }

    @Test
    void anEmbedderThatNeverAnswersIsSaidAtOpening() {
        assertThatThrownBy(() -> TextRouter.open(routes, NEGATIVES, new Dying(2), Duration.ofSeconds(1)))
                .isInstanceOf(ModelUnavailable.class);
        assertThat(TextRouter.patternsOnly(routes, "killed").plan("x").reasons().toString())
                .contains("no semantic tier: killed");
    }
}
