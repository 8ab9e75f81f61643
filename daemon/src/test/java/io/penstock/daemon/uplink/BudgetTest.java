package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BudgetTest {
    private static final List<Double> SHARES = List.of(0.3, 0.2, 0.05, 0.0);
    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    private static final int MONTHS = 30;

    private static Budget budget(Tariff tariff, OptionalLong bytes, OptionalDouble money) {
        return new Budget(tariff, List.of(new Budget.Cap(Budget.Period.MONTH, bytes, money)), SHARES);
    }

    @Test
    void shortBurstMessagesAreBilledInWholeCredits() {
        Tariff tariff = new Tariff("USD", 0, 0, 50, 0.16, 0, 0, 0, 0, 1);
        assertThat(tariff.cost(48, NOON, 0)).isCloseTo(0.16, within(1e-12));
        assertThat(tariff.cost(51, NOON, 0)).isCloseTo(0.32, within(1e-12));
    }

    @Test
    void theAllowanceIsUsedUpBeforeAnythingCosts() {
        Tariff tariff = new Tariff("USD", 4, 0, 0, 0, 1_000, 0, 0, 0, 1);
        assertThat(tariff.cost(600, NOON, 0)).isZero();
        assertThat(tariff.cost(600, NOON, 600)).isCloseTo(200 / 1e6 * 4, within(1e-12));
    }

    @Test
    void peakHoursCostMore() {
        Tariff tariff = new Tariff("USD", 4, 0, 0, 0, 0, 0, 8, 18, 2);
        assertThat(tariff.cost(1_000, NOON, 0)).isEqualTo(2 * tariff.cost(1_000, NOON.plusSeconds(8 * 3_600), 0));
    }

    @Test
    void aTariffThatContradictsItselfIsRefused() {
        assertThatThrownBy(() -> new Tariff("USD", 0, 0, 50, 0, 0, 0, 0, 0, 1)).hasMessageContaining("per_credit");
        assertThatThrownBy(() -> new Tariff("USD", 0, 0, 0, 0.1, 0, 0, 0, 0, 1)).hasMessageContaining("credit_bytes");
        assertThatThrownBy(() -> new Tariff("USD", 1, 0, 0, 0, 0, 0, 9, 8, 2)).hasMessageContaining("peak hours");
        assertThatThrownBy(() -> new Tariff("USD", 1, 0, 0, 0, 0, 0, 8, 8, 2)).hasMessageContaining("peak_factor");
        assertThatThrownBy(() -> new Budget(Tariff.free("USD"), List.of(), List.of(0.6, 0.6, 0.0, 0.0)))
                .hasMessageContaining("at most 1");
    }

    @Test
    void whatIsKeptForTheCriticalLaneNoOtherTakes() {
        Budget budget = budget(Tariff.free("USD"), OptionalLong.of(1_000), OptionalDouble.empty());
        Spent spent = new Spent();
        int sent = 0;
        while (budget.decide(spent, UplinkLane.BULK, 10, NOON) instanceof Budget.Decision.Allowed) {
            spent.add(NOON, UplinkLane.BULK, 10, 10, 0);
            sent += 10;
        }
        assertThat(sent).isEqualTo(450);
        assertThat(budget.decide(spent, UplinkLane.CRITICAL, 300, NOON)).isInstanceOf(Budget.Decision.Allowed.class);
        assertThat(budget.decide(spent, UplinkLane.BULK, 10, NOON))
                .isEqualTo(new Budget.Decision.Refused(
                        "the month's cap of 1000 bytes: 450 used, 550 kept for the other lanes"));
    }

    @Test
    void aClockThatStepsBackBringsNothingSpentBack() {
        Budget budget = budget(Tariff.free("USD"), OptionalLong.of(100), OptionalDouble.empty());
        Spent spent = new Spent();
        spent.add(NOON, UplinkLane.CRITICAL, 75, 75, 0);
        assertThat(budget.decide(spent, UplinkLane.CRITICAL, 30, NOON.minusSeconds(90L * 86_400)))
                .isInstanceOf(Budget.Decision.Refused.class);
    }

    @Test
    void theForecastIsTheMonthScaledUp() {
        Tariff tariff = new Tariff("USD", 4, 0, 0, 0, 0, 5, 0, 0, 1);
        Budget budget = budget(tariff, OptionalLong.empty(), OptionalDouble.of(100));
        Spent spent = new Spent();
        Instant tenth = Instant.parse("2026-11-11T00:00:00Z");
        spent.add(tenth, UplinkLane.DIAGNOSIS, 1, 1, 10);
        assertThat(budget.forecast(spent, tenth)).isCloseTo(30, within(1e-9));
        assertThat(budget.forecast(new Spent(), tenth)).isEqualTo(5);
    }

    @Test
    void theForecastNeverPassesACapThatHolds() {
        Budget budget =
                budget(new Tariff("USD", 4, 0, 0, 0, 0, 0, 0, 0, 1), OptionalLong.empty(), OptionalDouble.of(12));
        Spent spent = new Spent();
        Instant second = Instant.parse("2026-11-02T00:00:00Z");
        spent.add(second, UplinkLane.DIAGNOSIS, 1, 1, 10);
        assertThat(budget.forecast(spent, second)).isEqualTo(12);
    }

    @Test
    void aMonthsCapBelowWhatTheTariffBillsAtLeastIsRefused() {
        Tariff tariff = new Tariff("USD", 4, 0, 0, 0, 0, 15, 0, 0, 1);
        assertThatThrownBy(() -> budget(tariff, OptionalLong.empty(), OptionalDouble.of(10)))
                .hasMessageContaining("below what the tariff bills at least");
    }

    @Test
    void sharesThatMakeUpTheWholeCapCanEachBeUsedToTheLastByteAndCent() {
        List<Double> whole = List.of(0.1, 0.2, 0.3, 0.4);
        Tariff tariff = new Tariff("USD", 0, 0.1, 0, 0, 0, 0, 0, 0, 1);
        Budget budget = new Budget(
                tariff, List.of(new Budget.Cap(Budget.Period.DAY, OptionalLong.of(700), OptionalDouble.of(7))), whole);
        Spent spent = new Spent();
        for (UplinkLane lane : UplinkLane.values()) {
            int messages = 7 * (lane.ordinal() + 1);
            for (int i = 0; i < messages; i++) {
                assertThat(budget.decide(spent, lane, 10, NOON)).isInstanceOf(Budget.Decision.Allowed.class);
                spent.add(NOON, lane, 10, 10, 0.1);
            }
            assertThat(budget.decide(spent, lane, 10, NOON)).isInstanceOf(Budget.Decision.Refused.class);
        }
        assertThat(spent.bytes(Budget.Period.DAY)).isEqualTo(700);
    }

    @Test
    void aNewMonthBeginsAtMidnightAndTheHourBeforeItIsOver() {
        Budget budget = budget(Tariff.free("USD"), OptionalLong.of(100), OptionalDouble.empty());
        Spent spent = new Spent();
        Instant last = Instant.parse("2026-11-30T23:59:59Z");
        spent.add(last, UplinkLane.CRITICAL, 75, 75, 0);
        assertThat(budget.decide(spent, UplinkLane.CRITICAL, 30, last)).isInstanceOf(Budget.Decision.Refused.class);
        Instant first = last.plusSeconds(1);
        assertThat(budget.decide(spent, UplinkLane.CRITICAL, 30, first)).isInstanceOf(Budget.Decision.Allowed.class);
        for (Budget.Period period : Budget.Period.values()) {
            assertThat(spent.bytes(period)).as(period.name()).isZero();
        }
        assertThat(spent.monthBilledBytes()).isZero();
    }

    static IntStream tariffs() {
        return IntStream.range(0, 50);
    }

    /** 30 months of more traffic than the budget allows, under 50 tariffs; the bill is reckoned anew from the messages sent. */
    @ParameterizedTest
    @MethodSource("tariffs")
    void noCapIsEverPassedAndTheCriticalLaneAlwaysHasItsReserve(int seed) {
        Random random = new Random(seed);
        Tariff tariff = someTariff(random);
        long byteCap = 5_000 + random.nextInt(50_000);
        double moneyCap = random.nextBoolean() ? 1 + random.nextInt(40) : Double.POSITIVE_INFINITY;
        List<Budget.Cap> caps = new ArrayList<>();
        caps.add(new Budget.Cap(
                Budget.Period.MONTH,
                OptionalLong.of(byteCap),
                Double.isInfinite(moneyCap) ? OptionalDouble.empty() : OptionalDouble.of(moneyCap)));
        caps.add(new Budget.Cap(Budget.Period.HOUR, OptionalLong.of(2_000), OptionalDouble.empty()));
        Budget budget = new Budget(tariff, caps, SHARES);
        Spent spent = new Spent();
        Map<YearMonth, List<long[]>> sent = new HashMap<>();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Instant end = now.atZone(ZoneOffset.UTC).plusMonths(MONTHS).toInstant();
        double ledger = 0;
        while (now.isBefore(end)) {
            now = now.plusSeconds(60L * (1 + random.nextInt(90)));
            UplinkLane lane = UplinkLane.values()[random.nextInt(4)];
            int bytes = 20 + random.nextInt(320);
            double criticalSoFar = 0;
            spent.enter(now);
            criticalSoFar = spent.bytes(Budget.Period.MONTH, UplinkLane.CRITICAL);
            Budget.Decision decision = budget.decide(spent, lane, bytes, now);
            if (decision instanceof Budget.Decision.Allowed(double money)) {
                spent.add(now, lane, bytes, tariff.billedBytes(bytes), money);
                ledger += money;
                sent.computeIfAbsent(YearMonth.from(now.atZone(ZoneOffset.UTC)), k -> new ArrayList<>())
                        .add(new long[] {now.getEpochSecond(), bytes});
                assertThat(spent.bytes(Budget.Period.MONTH)).isLessThanOrEqualTo(byteCap);
                assertThat(spent.money(Budget.Period.MONTH)).isLessThanOrEqualTo(moneyCap + 1e-6);
            } else if (lane == UplinkLane.CRITICAL && spent.bytes(Budget.Period.HOUR) + bytes <= 600) {
                // within its reserve only the cap itself, in bytes or money, may stop it
                boolean within = criticalSoFar + bytes <= 0.3 * byteCap
                        && spent.money(Budget.Period.MONTH, UplinkLane.CRITICAL)
                                        + tariff.cost(bytes, now, spent.monthBilledBytes())
                                <= 0.3 * moneyCap;
                assertThat(within).as("refused within its reserve").isFalse();
            }
        }
        assertThat(sent).hasSizeBetween(MONTHS, MONTHS + 1);
        assertThat(bill(tariff, sent)).isCloseTo(ledger, within(Math.max(1e-6, 0.01 * ledger)));
    }

    private static Tariff someTariff(Random random) {
        boolean credits = random.nextBoolean();
        boolean peak = random.nextInt(3) == 0;
        return new Tariff(
                "USD",
                credits ? 0 : random.nextInt(4_000) / 100.0,
                random.nextInt(3) == 0 ? 0.01 : 0,
                credits ? 10 + random.nextInt(90) : 0,
                credits ? 0.01 + random.nextInt(20) / 100.0 : 0,
                random.nextInt(3) == 0 ? random.nextInt(3_000) : 0,
                0,
                peak ? 8 : 0,
                peak ? 18 : 0,
                peak ? 1.5 : 1);
    }

    /** A provider's own reckoning, message by message from the month's first. */
    private static double bill(Tariff tariff, Map<YearMonth, List<long[]>> sent) {
        double bill = 0;
        for (List<long[]> messages : sent.values()) {
            long counted = 0;
            for (long[] message : messages) {
                long units = tariff.creditBytes() == 0
                        ? message[1]
                        : (message[1] + tariff.creditBytes() - 1) / tariff.creditBytes() * tariff.creditBytes();
                long over = Math.max(0, counted + units - Math.max(counted, tariff.monthlyAllowanceBytes()));
                counted += units;
                double price = over * tariff.perMegabyte() / 1_000_000;
                if (tariff.creditBytes() > 0) {
                    price += Math.ceil((double) over / tariff.creditBytes()) * tariff.perCredit();
                }
                int hour = (int) (message[0] / 3_600 % 24);
                bill += (hour >= tariff.peakFrom() && hour < tariff.peakTo() ? tariff.peakFactor() : 1) * price
                        + tariff.perMessage();
            }
        }
        return bill;
    }
}
