package io.penstock.daemon.infer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BreakerTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final Breakers breakers = new Breakers(now::get);

    @ParameterizedTest
    @EnumSource(Failure.class)
    void itOpensForAPauseThenOneQuestionTriesAndAnAnswerClosesIt(Failure failure) {
        Breaker breaker = Breaker.CLOSED;
        for (int i = 0; i < failure.opensAfter(); i++) {
            assertThat(breaker.admits(NOON)).isTrue();
            breaker = breaker.failed(failure, NOON);
        }
        assertThat(breaker.admits(NOON)).isFalse();
        Instant over = NOON.plus(failure.pause());
        assertThat(breaker.admits(over.minusNanos(1))).isFalse();
        assertThat(breaker.admits(over)).isTrue();
        assertThat(breaker.asked().admits(over)).as("one question at a time").isFalse();
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void eachFailedTryDoublesThePauseUpToTheLongest(Failure failure) {
        Breaker breaker = new Breaker.Open(failure.pause(), NOON);
        Duration pause = failure.pause();
        for (int i = 0; i < 20; i++) {
            breaker = breaker.asked().failed(failure, NOON);
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(failure.longest()) > 0 ? failure.longest() : twice;
            assertThat(breaker).isEqualTo(new Breaker.Open(pause, NOON.plus(pause)));
        }
        assertThat(pause).isEqualTo(failure.longest());
    }

    @Test
    void aClockThatIsSetBackKeepsNobodyShutOut() {
        breakers.failed("small", Failure.GONE, "died");
        now.set(NOON.plusSeconds(1));
        assertThat(breakers.of("small").open()).contains(Failure.GONE);
        now.set(NOON.minus(Duration.ofDays(1)));
        assertThat(breakers.of("small").open()).isEmpty();
    }

    @Test
    void eachClassOfFailureHasItsOwnBreaker() {
        breakers.failed("small", Failure.SLOW, "late");
        now.set(NOON.plusSeconds(1));
        breakers.failed("small", Failure.GONE, "died");
        assertThat(breakers.of("small").open()).contains(Failure.GONE);
        now.set(NOON.plusSeconds(3));
        assertThat(breakers.of("small").open()).contains(Failure.SLOW);
        now.set(NOON.plusSeconds(10));
        assertThat(breakers.of("small").open()).isEmpty();
        breakers.asked("small");
        breakers.failed("small", Failure.GONE, "died again");
        assertThat(breakers.of("small").open()).contains(Failure.GONE);
        now.set(NOON.plusSeconds(14));
        assertThat(breakers.of("small").open())
                .as("that it is slow was neither shown nor disproved")
                .contains(Failure.SLOW);
        now.set(NOON.plusSeconds(20));
        breakers.asked("small");
        breakers.answered("small");
        assertThat(breakers.of("small").open()).isEmpty();
        assertThat(breakers.of("small").failures()).isEqualTo(3);
        assertThat(breakers.of("small").answers()).isEqualTo(1);
    }

    @Test
    void oneCandidatesFailureIsNotAnothers() {
        breakers.failed("small", Failure.REFUSED, "its file is wrong");
        assertThat(breakers.of("small").last()).isEqualTo("its file is wrong");
        assertThat(breakers.of("large").open()).isEmpty();
    }
}
