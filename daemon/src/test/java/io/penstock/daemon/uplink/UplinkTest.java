package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What waits, what goes first, what is sent again and what is forgotten: the lane over a real store, stepped by hand. */
class UplinkTest {
    @TempDir
    Path folder;

    private SteppedUplink site;

    @BeforeEach
    void aSite() throws IOException {
        site = new SteppedUplink(folder);
    }

    @Test
    void aSummaryWaitsForANewerOneOfItsCaseAndOnlyTheLastIsSent() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            site.put(database, "case-1", 1, Severity.ADVISORY, false);
            assertThat(uplink.runOnce()).isFalse();
            site.put(database, "case-1", 1, Severity.WARNING, false);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(uplink.runOnce()).isFalse();
            assertThat(site.arrived()).extracting(Summary::severity).containsExactly(Severity.WARNING);
        }
    }

    @Test
    void whatTheOtherEndKnowsIsNotSentAgain() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            site.put(database, "case-1", 1, Severity.WARNING, false);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isTrue();
            site.put(database, "case-1", 1, Severity.WARNING, false);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isFalse();
            site.put(database, "case-1", 1, Severity.WARNING, true);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).extracting(Summary::closed).containsExactly(false, true);
        }
    }

    @Test
    void anAlarmDoesNotWaitAndGoesFirst() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            for (int i = 0; i < 50; i++) {
                site.put(database, "case-" + i, i, Severity.WARNING, false);
            }
            site.put(database, "worst", 99, Severity.ALARM, false);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).extracting(Summary::caseNumber).containsExactly(99);
        }
    }

    @Test
    void pausedNothingLeavesAndAFlushDoesNotWait() throws Exception {
        Uplink.Orders orders = Uplink.Orders.beside(folder.resolve("store.db"));
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            site.put(database, "case-1", 1, Severity.WARNING, false);
            Files.createFile(orders.pausedFile());
            Files.createFile(orders.flushFile());
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("paused");
            Files.delete(orders.pausedFile());
            Files.createFile(orders.flushFile());
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).hasSize(1);
        }
    }

    @Test
    void aLinkThatIsAwayKeepsTheQueueAndCostsNothing() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(
                    database,
                    site.settings(10_000, Duration.ZERO),
                    new DirectoryLink(folder.resolve("no stick"), false));
            site.put(database, "case-1", 1, Severity.ALARM, false);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("closed");
            assertThat(SteppedUplink.ledgerBytes(database)).isZero();
        }
    }

    @Test
    void aWarningThatCannotBePaidForStopsNoAlarm() throws Exception {
        boolean[] broken = {true};
        UplinkLink link = new UplinkLink() {
            private final UplinkLink files = new DirectoryLink(site.stick, false);

            @Override
            public String name() {
                return "a link that mends";
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void send(int keyId, long counter, byte[] frame) throws IOException {
                if (broken[0]) {
                    throw new IOException("no carrier");
                }
                files.send(keyId, counter, frame);
            }
        };
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(100, Duration.ZERO), link);
            site.put(database, "minor", 1, Severity.WARNING, false);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("no carrier");
            broken[0] = false;
            site.put(database, "major", 2, Severity.ALARM, false);
            site.now = site.now.plusSeconds(3_600);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).extracting(Summary::caseNumber).containsExactly(2);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("the month's cap of 100 bytes");
        }
    }

    @Test
    void aFrameHoldsSummariesOfOneLaneWhoseShareItUses() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            site.put(database, "minor", 1, Severity.WARNING, false);
            site.put(database, "minor too", 2, Severity.ADVISORY, false);
            site.put(database, "major", 3, Severity.ALARM, false);
            site.now = site.now.plus(SteppedUplink.HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).extracting(Summary::caseNumber).containsExactly(3);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).extracting(Summary::caseNumber).containsExactly(3, 1, 2);
            assertThat(uplink.runOnce()).isFalse();
        }
    }

    @Test
    void aStoreThatBeginsAnewUsesNoCounterASecondTime() throws Exception {
        Path store = folder.resolve("store.db");
        for (int life = 0; life < 3; life++) {
            try (Database database = Database.open(store)) {
                site.put(database, "case-" + life, life, Severity.ALARM, false);
                assertThat(site.lane(
                                        database,
                                        site.settings(10_000, Duration.ZERO),
                                        new DirectoryLink(site.stick, false))
                                .runOnce())
                        .isTrue();
            }
            for (String end : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(folder.resolve("store.db" + end));
            }
        }
        assertThat(site.arrived()).extracting(Summary::caseNumber).containsExactly(0, 1, 2);
        Files.writeString(folder.resolve("store.db.uplink-counters"), "one 2\n");
        try (Database database = Database.open(store)) {
            site.put(database, "case-9", 9, Severity.ALARM, false);
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("store.db.uplink-counters", "a new key");
        }
    }

    @Test
    void oldFramesArePurgedButNotTheNewestCounterNorTheMonthsLedger() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(10_000, Duration.ZERO), new DirectoryLink(site.stick, false));
            for (int i = 0; i < 3; i++) {
                site.put(database, "case-" + i, i, Severity.ALARM, false);
                assertThat(uplink.runOnce()).isTrue();
                site.now = site.now.plus(Duration.ofDays(2));
            }
            site.put(database, "waits", 9, Severity.WARNING, false);
            // 25, 27 and 29 November; now it is the first of December
            site.now = site.now.plusSeconds(1);
            long micros = site.now.getEpochSecond() * 1_000_000;
            database.run(c -> UplinkQueue.purge(c, Long.MIN_VALUE, micros));
            assertThat(count(database, "uplink_frame")).isEqualTo(3);
            long november = Instant.parse("2026-11-29T13:00:00Z").getEpochSecond() * 1_000_000;
            database.run(c -> UplinkQueue.purge(c, micros, november));
            assertThat(count(database, "uplink_frame")).isEqualTo(1);
            assertThat(count(database, "uplink_ledger")).isEqualTo(3);
            database.run(c -> UplinkQueue.purge(c, micros, micros));
            assertThat(count(database, "uplink_ledger")).isZero();
            assertThat(count(database, "uplink_summary")).isEqualTo(1);
            long next = database.read(c -> UplinkQueue.nextCounter(c, 1));
            assertThat(next).isEqualTo(3);
        }
    }

    private static long count(Database database, String table) throws Exception {
        return database.read(c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM " + table)) {
                return r.getLong(1);
            }
        });
    }

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    /** A month without contact, then more than the budget takes: no cap is passed, alarms first, nothing twice. */
    @ParameterizedTest
    @MethodSource("seeds")
    void killedAndStartedAgainAtAnyStepNoCounterIsUsedTwiceAndNoCapIsPassed(int seed) throws Exception {
        Random random = new Random(seed);
        long cap = 1_500;
        Map<Long, byte[]> handed = new HashMap<>();
        int attempts = 0;
        long[] sentBytes = new long[1];
        UplinkLink failing = new UplinkLink() {
            @Override
            public String name() {
                return "a link that fails";
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void send(int keyId, long counter, byte[] frame) throws IOException {
                sentBytes[0] += frame.length;
                byte[] before = handed.put(counter, frame);
                if (before != null) {
                    assertThat(frame)
                            .as("a counter is used for one content alone")
                            .isEqualTo(before);
                }
                if (random.nextInt(3) == 0) {
                    throw new IllegalStateException("killed after the frame left");
                }
                if (random.nextInt(3) == 0) {
                    throw new IOException("the modem did not answer");
                }
            }
        };
        for (int start = 0; start < 40; start++) {
            try (Database database = Database.open(folder.resolve("store.db"))) {
                Uplink uplink = site.lane(database, site.settings(cap, Duration.ZERO), failing);
                for (int step = 0; step < 5; step++) {
                    site.put(
                            database,
                            "case-" + random.nextInt(60),
                            random.nextInt(4_000),
                            random.nextInt(4) == 0 ? Severity.ALARM : Severity.WARNING,
                            random.nextBoolean());
                    site.now = site.now.plusSeconds(random.nextInt(120));
                    uplink.runOnce();
                    attempts++;
                }
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("killed");
            }
            assertThat(sentBytes[0]).isLessThanOrEqualTo(cap);
        }
        assertThat(attempts).isGreaterThan(40);
        Set<Long> counters = new HashSet<>(handed.keySet());
        assertThat(counters).isNotEmpty();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            assertThat(SteppedUplink.ledgerBytes(database)).isEqualTo(sentBytes[0]);
        }
    }
}
