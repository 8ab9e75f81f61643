package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sensors.reading.OverlappingSource;
import io.penstock.sensors.reading.ReadingSink;
import io.penstock.sensors.reading.SensorSource;
import io.penstock.sensors.reading.SourceHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** In which order sources are opened and closed when others are wanted. */
class SourcesTest {
    private final List<String> done = new ArrayList<>();
    private final Sources sources = new Sources(delivery -> true);

    /** Of a broker that knows it by one client id. */
    private class Alone implements SensorSource {
        final String called;

        Alone(String called) {
            this.called = called;
        }

        @Override
        public String name() {
            return "plc";
        }

        @Override
        public void start(ReadingSink sink) {
            done.add("open " + called);
        }

        @Override
        public SourceHealth health() {
            return new SourceHealth(SourceHealth.State.RUNNING, called, 0, Map.of(), 0);
        }

        @Override
        public void close() {
            done.add("close " + called);
        }
    }

    private final class Beside extends Alone implements OverlappingSource {
        private final boolean slow;
        private boolean waits;

        Beside(String called, boolean slow) {
            super(called);
            this.slow = slow;
        }

        @Override
        public void startBeside(OverlappingSource before, ReadingSink sink) {
            waits = slow;
            done.add("open " + called + " beside " + before.health().detail());
        }

        @Override
        public boolean stepBack() {
            done.add(waits ? "step back " + called : "stay " + called);
            return waits;
        }
    }

    private void want(SensorSource source, String settings) {
        sources.run(List.of(new Sources.Wanted(source.name(), settings, () -> source)));
    }

    @Test
    void theSameSettingsAreLeftAloneAndOthersCloseBeforeTheyOpen() {
        want(new Alone("a"), "1");
        want(new Alone("b"), "1");
        want(new Alone("c"), "2");
        sources.run(List.of());
        assertThat(done).containsExactly("open a", "close a", "open c", "close c");
    }

    @Test
    void oneThatOverlapsOpensBesideTheOneThatReads() {
        want(new Beside("a", false), "1");
        want(new Beside("b", false), "2");
        want(new Beside("c", false), "3");
        assertThat(done).containsExactly("open a", "open b beside a", "stay b", "open c beside b");
    }

    @Test
    void whatHasNotTakenThePlaceStepsBackForTheNextOneOrForTheOneBefore() {
        want(new Beside("a", false), "1");
        want(new Beside("b", true), "2");
        want(new Beside("c", true), "3");
        want(new Beside("d", false), "1");
        sources.close();
        assertThat(done)
                .containsExactly(
                        "open a", "open b beside a", "step back b", "open c beside a", "step back c", "close a");
    }

    @Test
    void oneOfAnotherKindOpensWhenTheOneBeforeIsClosed() {
        want(new Beside("a", false), "1");
        want(new Alone("b"), "2");
        want(new Beside("c", false), "3");
        assertThat(done).containsExactly("open a", "close a", "open b", "close b", "open c");
    }
}
