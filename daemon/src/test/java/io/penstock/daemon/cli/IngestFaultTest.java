package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon killed, and the broker stopped, again and again at random moments under load. */
@Tag("fault")
class IngestFaultTest {
    private static final long SEED = 20;

    @TempDir
    Path folder;

    @BeforeEach
    void mosquittoIsThere() {
        assumeTrue(
                IngestRig.mosquitto().isPresent(),
                "skipped: IngestFaultTest wants Debian's broker: apt-get install mosquitto");
    }

    private IngestOutages.Result outages(IngestOutages.Outage outage, int times) throws Exception {
        try (IngestRig rig = new IngestRig(folder, Optional.empty())) {
            rig.startBroker();
            rig.startDaemon();
            rig.awaitSubscribed();
            IngestOutages.Result result = IngestOutages.run(rig, outage, times, SEED);
            System.out.println(outage + " " + times + " times: " + result);
            return result;
        }
    }

    /** One reading in a hundred is wild: a window that did not survive, or an event that was not told, is seen. */
    @Test
    void twentyKillsLoseNothingDoubleNothingAndMissNoAnomaly() throws Exception {
        IngestRig.Tally tally = outages(IngestOutages.Outage.DAEMON_KILLED, 20).tally();

        assertThat(tally.wild()).isGreaterThan(100);
        assertThat(tally.lost()).as("lost").isZero();
        assertThat(tally.twice()).as("stored twice").isZero();
        assertThat(tally.foreign()).as("never sent").isZero();
        assertThat(tally.missed()).as("anomalies missed").isZero();
        assertThat(tally.untrue()).as("anomalies told of healthy readings").isZero();
    }

    @Test
    void tenRestartsOfTheBrokerLoseNothingDoubleNothingAndMissNoAnomaly() throws Exception {
        IngestOutages.Result result = outages(IngestOutages.Outage.BROKER_STOPPED, 10);

        assertThat(result.tally().clean()).as(result.tally().toString()).isTrue();
        assertThat(result.flowingMillis()).hasSize(10);
    }
}
