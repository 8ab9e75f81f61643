package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.uplink.modem.ModemLine;
import io.penstock.daemon.uplink.modem.ModemLink;
import io.penstock.fixtures.modem.SatelliteNetwork;
import io.penstock.fixtures.modem.SatelliteNetwork.Fate;
import io.penstock.fixtures.modem.SimulatedModem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A month of alarms through a modem under a bad sky: what arrives, and who says what it cost. */
@Timeout(120)
class ModemMonthTest {
    private static final Logger LOG = LoggerFactory.getLogger(ModemMonthTest.class);
    private static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(32) + "a5".repeat(12));
    private static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());
    private static final int CREDIT = 50;
    private static final double PRICE = 0.16;
    private static final int CASES = 40;

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-01T00:00:00Z");

    @Test
    void everyAlarmArrivesAndTheLedgerIsNeverBelowTheProvidersBill() throws Exception {
        SatelliteNetwork network = new SatelliteNetwork(CREDIT, 7);
        network.trouble(0.4);
        // the first frame arrives, and the modem does not come to know
        network.fate(Fate.CARRIED_UNKNOWN);
        UplinkSettings settings = new UplinkSettings(
                true,
                new UplinkSettings.Link.Modem("tcp", 19_200, 1),
                folder,
                new Budget(
                        new Tariff("USD", 0, 0, CREDIT, PRICE, 0, 0, 0, 0, 1),
                        List.of(new Budget.Cap(Budget.Period.MONTH, OptionalLong.empty(), OptionalDouble.of(100))),
                        List.of(0.3, 0.0, 0.0, 0.0)),
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(90),
                1_000,
                ContactWindows.ALWAYS,
                Duration.ZERO,
                Duration.ZERO,
                UplinkSettings.Commands.NONE);
        double money;
        try (SimulatedModem modem = SimulatedModem.behindTerminalServer(network);
                Database database = Database.open(folder.resolve("store.db"))) {
            ModemLink link = new ModemLink("modem", () -> ModemLine.open("tcp:127.0.0.1:" + modem.port(), 0), 1, false);
            Uplink uplink = new Uplink(
                    database,
                    settings,
                    CODEC,
                    KEY,
                    link,
                    (frame, at) -> {},
                    Uplink.Orders.beside(folder.resolve("store.db")),
                    () -> now);
            for (int number = 0; number < CASES; number++) {
                put(database, number);
                int arrived = network.carried().size();
                for (int turn = 0; turn < 60 && network.carried().size() == arrived; turn++) {
                    uplink.runOnce();
                    now = now.plusSeconds(300);
                }
            }
            for (int turn = 0; turn < 20; turn++) {
                uplink.runOnce();
                now = now.plusSeconds(600);
            }
            money = database.read(c -> UplinkQueue.spentThisMonth(c, now)).money(Budget.Period.MONTH);
            link.close();
        }
        double bill = network.credits() * PRICE;
        LOG.info(
                "{} alarms, {} sessions, {} frames on the ground: bill {}, ledger {}",
                CASES,
                network.sessions(),
                network.carried().size(),
                bill,
                money);
        assertThat(told(network)).hasSize(CASES);
        assertThat(money).isGreaterThanOrEqualTo(bill - 1e-9);
        // what broke off without being carried is paid for in our book alone
        assertThat(money).isCloseTo(bill, within(0.6 * bill));
        assertThat(network.sessions()).isGreaterThan(network.carried().size());
    }

    private void put(Database database, int number) throws Exception {
        Summary summary = new Summary(
                0,
                number,
                Summaries.minutes(now.getEpochSecond() * 1_000_000),
                "bearing_outer_race",
                Severity.ALARM,
                0.6,
                false,
                List.of(new Summary.Evidence("kurtosis_high", "1", 11.1)));
        database.run(
                c -> UplinkQueue.put(c, CODEC, summary, "case-" + number, now.getEpochSecond() * 1_000_000, 1_000));
    }

    /** What the other end knows: by counter each once, by case the newest. */
    private static Map<Integer, Summary> told(SatelliteNetwork network) throws Exception {
        ReplayWindow window = new ReplayWindow();
        Map<Integer, Summary> told = new HashMap<>();
        for (byte[] frame : network.carried()) {
            FrameSeal.Opened opened = FrameSeal.open(Map.of(1, KEY), frame);
            if (window.take(opened.counter())) {
                SteppedUplink.told(CODEC, KEY, frame).forEach(summary -> told.put(summary.caseNumber(), summary));
            }
        }
        return told;
    }
}
