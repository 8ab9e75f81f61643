package io.penstock.daemon.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.route.RoutesFile.Accepted;
import io.penstock.daemon.route.RoutesFile.Mistake;
import io.penstock.daemon.route.RoutesFile.Refused;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RoutesFileTest {
    private static Accepted accepted(String toml) {
        return switch (RoutesFile.read(toml)) {
            case Accepted accepted -> accepted;
            case Refused refused -> throw new AssertionError(refused.mistakes());
        };
    }

    private static Refused refused(String toml) {
        return switch (RoutesFile.read(toml)) {
            case Accepted accepted -> throw new AssertionError("accepted: " + accepted.routes());
            case Refused refused -> refused;
        };
    }

    @Test
    void everyMistakeIsNamedWithItsLineAtOnce() {
        Refused refused = refused("""
                [router]
                mode = "semantic"
                threshold = "high"
                retries = 3
                [[route]]
                name = "pumps"
                samples = ["pump trips", 7]
                [[route]]
                name = "pumps"
                samples = ["again"]
                [[route]]
                samples = ["no name"]
                [[route]]
                name = "ahead"
                patterns = ["(?=x)", "x*"]
                """);

        assertThat(refused.mistakes()).extracting(Mistake::line).containsExactly(2, 3, 4, 7, 9, 11, 15, 15);
        assertThat(refused.mistakes().toString())
                .contains(
                        "one of centroid, margin, logistic", "retries is not known", "earlier route", "without a name")
                .contains("RE2 syntax", "found in every text");
    }

    @Test
    void brokenTomlIsRefusedWithItsLine() {
        assertThat(refused("[router]\nmode = \n").mistakes().getFirst().line()).isEqualTo(2);
    }

    @Test
    void aFileWithoutRoutesIsRefused() {
        assertThat(refused("[router]\nmode = \"margin\"\n").mistakes().toString())
                .contains("at least one [[route]]");
    }

    @Test
    void fewSamplesWarnAndLogisticRefusesThem() {
        String few = "[[route]]\nname = \"a\"\nsamples = [\"x\", \"y\"]\n";

        assertThat(accepted(few).warnings()).singleElement().asString().contains("route a has 2 samples");
        assertThat(refused("[router]\nmode = \"logistic\"\n" + few).mistakes().toString())
                .contains("needs 10 samples");
        assertThat(accepted("[[route]]\nname = \"a\"\npatterns = [\"x\"]\n").warnings())
                .isEmpty();
    }

    @Test
    void whatIsWrittenReadsBackTheSame() {
        Routes routes = accepted("""
                [router]
                fallback = "elsewhere"
                rejects = ["a \\"quoted\\" \\\\ text\\twith tab"]
                [[route]]
                name = "pumps"
                model = "hydraulic"
                patterns = ["(?i)\\\\bpump\\\\b"]
                samples = ["Pumpe läuft heiß", "line\\nbreak"]
                """).routes().withThreshold(Mode.MARGIN, 0.75);

        Routes again = accepted(RoutesFile.write(routes)).routes();

        assertThat(again.threshold()).isEqualTo(OptionalDouble.of(0.75));
        assertThat(again.statedMode()).contains(Mode.MARGIN);
        assertThat(again.rejects()).isEqualTo(routes.rejects());
        assertThat(again.fallback()).isEqualTo("elsewhere");
        assertThat(again.routes().getFirst().samples())
                .isEqualTo(routes.routes().getFirst().samples());
        assertThat(again.routes().getFirst().patterns().getFirst().pattern()).isEqualTo("(?i)\\bpump\\b");
        assertThat(again.routes().getFirst().model()).isEqualTo("hydraulic");
    }

    @Test
    @Timeout(20)
    void aPatternThatWouldBacktrackForeverTakesLinearTime() {
        Routes routes = accepted("[[route]]\nname = \"a\"\npatterns = [\"(a|aa)+$\", \"(x+x+)+y\"]\n")
                .routes();
        TextRouter router = TextRouter.patternsOnly(routes, "none");
        String hostile = "a".repeat(1_000) + "x".repeat(1_000_000);

        long start = System.nanoTime();
        RoutePlan plan = router.plan(hostile);

        assertThat(plan.tier()).isEqualTo(RoutePlan.Tier.FALLBACK);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void theShippedRoutesAreCompleteAndNoTextIsInTwoPlaces() {
        Routes routes = ShippedRoutes.defaults();

        assertThat(routes.routes())
                .extracting(Route::name)
                .contains("hardware_telemetry", "hydraulic", "electrical", "sensor_or_comms", "operator_question");
        assertThat(routes.routes())
                .allSatisfy(route -> assertThat(route.samples()).hasSizeGreaterThanOrEqualTo(12));
        assertThat(ShippedRoutes.negatives()).hasSizeGreaterThanOrEqualTo(200).doesNotHaveDuplicates();
        assertThat(IntStream.range(0, routes.routes().size())
                        .boxed()
                        .flatMap(r -> routes.routes().get(r).samples().stream()))
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(ShippedRoutes.negatives());
        assertThat(ShippedRoutes.caseRules().rules()).isNotEmpty();
    }
}
