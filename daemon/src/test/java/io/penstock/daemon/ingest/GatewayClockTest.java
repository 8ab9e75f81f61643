package io.penstock.daemon.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.ingest.GatewayClock.Trust;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayClockTest {
    private static final Instant TODAY = Instant.parse("2026-11-25T10:00:00Z");
    private static final long JOURNALLED = micros(TODAY.minusSeconds(3_600));

    /** A machine whose wall clock can be set, and whose monotonic clock cannot. */
    private static final class Machine implements InstantSource, LongSupplier {
        private Instant shown;
        private long nanos = -7_000_000_000_000L;

        Machine(Instant shown) {
            this.shown = shown;
        }

        void goOn(Duration by) {
            shown = shown.plus(by);
            nanos += by.toNanos();
        }

        void step(Duration by) {
            shown = shown.plus(by);
        }

        @Override
        public Instant instant() {
            return shown;
        }

        @Override
        public long getAsLong() {
            return nanos;
        }

        GatewayClock clock(long journalled) {
            return new GatewayClock(this, this, journalled);
        }
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static long received(GatewayClock clock) {
        return micros(clock.instant());
    }

    @Test
    void aClockThatIsRightIsTrustedAndItsTimeIsTaken() {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(JOURNALLED);
        machine.goOn(Duration.ofSeconds(5));
        assertThat(clock.instant()).isEqualTo(TODAY.plusSeconds(5));
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
        assertThat(clock.state().steps()).isZero();
    }

    @Test
    void aClockAt1970IsUnsetAndTimeGoesOnFromTheJournalAtTheMonotonicPace() {
        Machine machine = new Machine(Instant.EPOCH.plusSeconds(20));
        GatewayClock clock = machine.clock(JOURNALLED);
        machine.goOn(Duration.ofSeconds(90));
        assertThat(received(clock)).isEqualTo(JOURNALLED + 1 + 90_000_000);
        assertThat(clock.state().trust()).isEqualTo(Trust.UNSET);
    }

    @Test
    void anUnsetClockThatIsSetIsTrustedAtOnceAndItsLeadTellsHowWrongTheTimesWere() {
        Machine machine = new Machine(Instant.EPOCH.plusSeconds(20));
        GatewayClock clock = machine.clock(0);
        machine.goOn(Duration.ofSeconds(90));
        long wrong = received(clock);
        machine.shown = TODAY;
        long right = received(clock);
        assertThat(right).isEqualTo(micros(TODAY));
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
        assertThat(clock.at(wrong).trust()).isEqualTo(Trust.UNSET);
        assertThat(clock.at(right).leadMicros() - clock.at(wrong).leadMicros()).isEqualTo(right - wrong);
    }

    @Test
    void aStepIsCountedAndSuspectUntilItHasStoodForTenMinutes() {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(JOURNALLED);
        machine.step(Duration.ofDays(5));
        assertThat(clock.state().trust()).isEqualTo(Trust.SUSPECT);
        assertThat(clock.state().steps()).isEqualTo(1);
        assertThat(clock.state().stepByMicros()).isEqualTo(Duration.ofDays(5).toMillis() * 1_000);
        machine.goOn(Duration.ofMinutes(9));
        assertThat(clock.state().trust()).isEqualTo(Trust.SUSPECT);
        machine.goOn(Duration.ofMinutes(1));
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
    }

    @Test
    void aLeapSecondIsNoStepAndTimeWaitsForTheClock() {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(JOURNALLED);
        long before = received(clock);
        machine.step(Duration.ofSeconds(-1));
        machine.goOn(Duration.ofMillis(100));
        assertThat(received(clock)).isBetween(before + 90_000, before + 100_000);
        assertThat(clock.state().steps()).isZero();
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
        for (int i = 0; i < 200; i++) {
            machine.goOn(Duration.ofMillis(100));
            received(clock);
        }
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
        assertThat(received(clock) - micros(machine.instant())).as("caught up").isLessThan(10);
    }

    @Test
    void aClockBehindTheJournalIsSuspectAndItsTimeIsWaitedFor() {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(micros(TODAY.plusSeconds(600)));
        assertThat(received(clock)).isGreaterThan(micros(TODAY.plusSeconds(600)));
        assertThat(clock.state().trust()).isEqualTo(Trust.SUSPECT);
        for (int i = 0; i < 11_000; i++) {
            machine.goOn(Duration.ofSeconds(1));
            received(clock);
        }
        assertThat(clock.state().trust()).isEqualTo(Trust.TRUSTED);
        assertThat(received(clock) - micros(machine.instant())).isLessThan(10);
    }

    @ParameterizedTest
    @CsvSource({"PT-1H", "PT1H", "P3650D", "P-3650D", "PT-0.3S", "PT-1S", "PT1S", "P-20800D"})
    void whateverTheStepTheOrderIsKeptWithinARunAndOverARestart(Duration step) {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(JOURNALLED);
        long last = JOURNALLED;
        for (int i = 0; i < 1_000; i++) {
            if (i == 300) {
                machine.step(step);
            }
            if (i == 600) {
                clock = machine.clock(last);
            }
            if (i == 800) {
                machine.step(step.negated());
            }
            machine.goOn(Duration.ofMillis(i % 7));
            long now = received(clock);
            assertThat(now).isGreaterThan(last);
            last = now;
        }
    }

    /** Any steps, restarts and pauses: later than before, always, and never slower than fifteen sixteenths of the pace. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anySequenceOfStepsKeepsTheOrder(long seed) {
        Random random = new Random(seed);
        Machine machine = new Machine(random.nextBoolean() ? TODAY : Instant.EPOCH);
        GatewayClock clock = machine.clock(0);
        long last = received(clock);
        for (int i = 0; i < 20_000; i++) {
            long pause = random.nextInt(2_000);
            switch (random.nextInt(50)) {
                case 0 -> machine.step(Duration.ofSeconds((long) (random.nextGaussian() * 1e8)));
                case 1 -> machine.shown = TODAY.plusSeconds(i);
                case 2 -> machine.shown = Instant.EPOCH.plusSeconds(i);
                case 3 -> clock = machine.clock(last);
                case 4, 5, 6, 7 -> machine.step(Duration.ofMillis(random.nextInt(3) - 1));
                default -> {
                    // no step
                }
            }
            machine.goOn(Duration.ofNanos(pause * 1_000));
            long now = received(clock);
            assertThat(now).isGreaterThan(last);
            assertThat(clock.at(now)).isNotNull();
            last = now;
        }
    }

    @Test
    void atAFrozenMonotonicClockEachTimeIsStillLater() {
        Machine machine = new Machine(TODAY);
        GatewayClock clock = machine.clock(JOURNALLED);
        long first = received(clock);
        assertThat(received(clock)).isEqualTo(first + 1);
        assertThat(received(clock)).isEqualTo(first + 2);
    }
}
