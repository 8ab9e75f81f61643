package io.penstock.daemon.economics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EconomicsTest {
    private static final EconomicsInputs.Volume SEED_VOLUME = new EconomicsInputs.Volume(50e6, 500, 100, 1);
    private static final EconomicsInputs.Api SEED_PRICES = new EconomicsInputs.Api(1.5, 6, OptionalDouble.of(57_500));

    private static EconomicsInputs.Local machines(int count, OptionalDouble read, OptionalDouble written) {
        return new EconomicsInputs.Local(count, 18_000, 3, 1_200, 1.4, 0.15, 50_000, read, written);
    }

    private static Economics seed(EconomicsInputs.Local local) {
        return Economics.of(new EconomicsInputs("USD", SEED_VOLUME, SEED_PRICES, local, EconomicsInputs.Link.FREE));
    }

    @Test
    void pricesTimesTokensAreTheBillAndAClaimThatDoesNotFollowIsSaid() {
        Economics e = seed(machines(10, OptionalDouble.empty(), OptionalDouble.empty()));
        assertThat(e.apiPerDay()).isEqualTo(67_500);
        assertThat(e.claimOff()).hasValue(-10_000);
        assertThat(String.join("\n", e.lines()))
                .contains("USD 67,500 a day")
                .contains("the claimed USD 57,500 a day does NOT follow from these prices")
                .contains("USD 10,000 more");
    }

    @Test
    void aClaimThatFollowsIsSaidToAgree() {
        EconomicsInputs.Api honest = new EconomicsInputs.Api(1.5, 6, OptionalDouble.of(67_500));
        Economics e = Economics.of(new EconomicsInputs(
                "USD",
                SEED_VOLUME,
                honest,
                machines(10, OptionalDouble.empty(), OptionalDouble.empty()),
                EconomicsInputs.Link.FREE));
        assertThat(String.join("\n", e.lines()))
                .contains("agrees with these prices")
                .doesNotContain("NOT");
    }

    @Test
    void tokensNeededASecondAreTheDaysOverItsSeconds() {
        Economics e = seed(machines(10, OptionalDouble.empty(), OptionalDouble.empty()));
        assertThat(e.inputPerSecond()).isCloseTo(289_352, within(1.0));
        assertThat(e.outputPerSecond()).isCloseTo(57_870, within(1.0));
        assertThat(String.join("\n", e.lines()))
                .contains("289,352 tokens/s read and 57,870 written")
                .contains("measure tokens/s");
    }

    @Test
    void machinesThatCannotDoTheWorkAreSaidNotToAndHowManyWouldIsTold() {
        // 28,935 / 20,000 + 5,787 / 2,000 = 4.34 times the time a machine has; 43.4 machines of work at most 80 % busy
        Economics e = seed(machines(10, OptionalDouble.of(20_000), OptionalDouble.of(2_000)));
        assertThat(e.busy().orElseThrow()).isCloseTo(4.34, within(0.01));
        assertThat(e.machinesNeeded()).hasValue(55);
        assertThat(e.isInfeasible()).isTrue();
        assertThat(seed(machines(55, OptionalDouble.of(20_000), OptionalDouble.of(2_000)))
                        .isInfeasible())
                .isFalse();
    }

    @Test
    void aDearerLocalClusterNeverBreaksEven() {
        Economics e = Economics.of(new EconomicsInputs(
                "USD",
                new EconomicsInputs.Volume(100, 500, 100, 1),
                SEED_PRICES,
                machines(1, OptionalDouble.empty(), OptionalDouble.empty()),
                EconomicsInputs.Link.FREE));
        assertThat(e.breakEvenDays()).isEmpty();
        assertThat(String.join("\n", e.lines())).contains("never within 1,095 days");
    }

    @Test
    void aMeteredLinkIsPartOfTheApisCost() {
        // 1,000 documents of 2 kB at 4 a megabyte: 8 a day
        Economics e = Economics.of(new EconomicsInputs(
                "USD",
                new EconomicsInputs.Volume(1_000, 500, 100, 1),
                new EconomicsInputs.Api(1.5, 6, OptionalDouble.empty()),
                machines(1, OptionalDouble.empty(), OptionalDouble.empty()),
                new EconomicsInputs.Link(2_000, 4)));
        assertThat(e.linkPerDay()).isCloseTo(8, within(1e-9));
        assertThat(String.join("\n", e.lines())).contains("link");
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void atBreakEvenBothHaveCostTheSame(long seed) {
        Random random = new Random(seed);
        Economics e = Economics.of(new EconomicsInputs(
                "USD",
                new EconomicsInputs.Volume(
                        1 + random.nextInt(10_000_000), 1 + random.nextInt(2_000), random.nextInt(500), 1),
                new EconomicsInputs.Api(random.nextDouble() * 5, random.nextDouble() * 20, OptionalDouble.empty()),
                machines(1 + random.nextInt(20), OptionalDouble.empty(), OptionalDouble.empty()),
                new EconomicsInputs.Link(random.nextInt(5_000), random.nextDouble() * 4)));
        e.breakEvenDays()
                .ifPresent(days -> assertThat((e.apiPerDay() + e.linkPerDay()) * days)
                        .isCloseTo(e.capital() + e.runningPerDay() * days, within(1e-6 * e.capital())));
        assertThat(e.breakEvenDays().isPresent())
                .isEqualTo((e.apiPerDay() + e.linkPerDay()) * 3 * Economics.DAYS_PER_YEAR >= e.totalOverLifetime());
    }

    @Test
    void impossibleInputsAreRefusedByName() {
        assertThatThrownBy(() -> new EconomicsInputs.Volume(0, 1, 1, 1)).hasMessageContaining("documents_per_day");
        assertThatThrownBy(() -> new EconomicsInputs.Volume(1, 1, 1, 0.5)).hasMessageContaining("peak_factor");
        assertThatThrownBy(() -> new EconomicsInputs.Volume(Double.NaN, 1, 1, 1))
                .hasMessageContaining("documents_per_day");
        assertThatThrownBy(() -> machines(1, OptionalDouble.of(1), OptionalDouble.empty()))
                .hasMessageContaining("go together");
    }
}
