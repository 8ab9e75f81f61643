package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The lane over a real store and a real folder, stepped by hand. */
class UplinkTest {
    private static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(32) + "a5".repeat(12));
    private static final Duration HOLD = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Path stick;
    private SummaryCodec codec;
    private ContactWindows contact = ContactWindows.ALWAYS;
    private Instant now = Instant.parse("2026-11-25T12:00:00Z");

    @BeforeEach
    void dictionary() throws IOException {
        try (var in = Dictionary.class.getResourceAsStream("dictionary-1.txt")) {
            codec = new SummaryCodec(Dictionary.parse(1, new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        }
        stick = Files.createDirectory(folder.resolve("stick"));
    }

    private Duration ask = Duration.ZERO;

    private UplinkSettings settings(long bytesPerMonth, Duration interval) {
        Budget budget = new Budget(
                new Tariff("USD", 4, 0, 0, 0, 0, 0, 0, 0, 1),
                List.of(new Budget.Cap(Budget.Period.MONTH, OptionalLong.of(bytesPerMonth), OptionalDouble.empty())),
                List.of(0.3, 0.0, 0.0, 0.0));
        return new UplinkSettings(
                true,
                new UplinkSettings.Link.Folder(stick),
                folder,
                budget,
                0,
                HOLD,
                interval,
                Duration.ofDays(90),
                1_000,
                contact,
                Duration.ZERO,
                ask,
                UplinkSettings.Commands.NONE);
    }

    private Uplink lane(Database database, UplinkSettings settings, UplinkLink link) throws Exception {
        return new Uplink(
                database,
                settings,
                codec,
                KEY,
                link,
                (frame, at) -> {},
                Uplink.Orders.beside(folder.resolve("store.db")),
                () -> now);
    }

    private void put(Database database, String caseId, int number, Severity severity, boolean closed) throws Exception {
        Summary summary = new Summary(
                0,
                number,
                475_000 + number,
                "bearing_outer_race",
                severity,
                0.6,
                closed,
                List.of(new Summary.Evidence("kurtosis_high", "1", 11.1)));
        long micros = now.getEpochSecond() * 1_000_000;
        database.run(c -> UplinkQueue.put(c, codec, summary, caseId, micros, 1_000));
    }

    private List<Summary> arrived() throws Exception {
        List<Summary> all = new ArrayList<>();
        try (var files = Files.newDirectoryStream(stick, "*.frame")) {
            List<Path> sorted = new ArrayList<>();
            files.forEach(sorted::add);
            sorted.sort(null);
            for (Path file : sorted) {
                all.addAll(FrameContent.unpack(
                                codec,
                                FrameSeal.open(Map.of(1, KEY), Files.readAllBytes(file))
                                        .content())
                        .orElseThrow());
            }
        }
        return all;
    }

    @Test
    void aSummaryWaitsForANewerOneOfItsCaseAndOnlyTheLastIsSent() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            put(database, "case-1", 1, Severity.ADVISORY, false);
            assertThat(uplink.runOnce()).isFalse();
            put(database, "case-1", 1, Severity.WARNING, false);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(uplink.runOnce()).isFalse();
            assertThat(arrived()).extracting(Summary::severity).containsExactly(Severity.WARNING);
        }
    }

    @Test
    void whatTheOtherEndKnowsIsNotSentAgain() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            put(database, "case-1", 1, Severity.WARNING, false);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isTrue();
            put(database, "case-1", 1, Severity.WARNING, false);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isFalse();
            put(database, "case-1", 1, Severity.WARNING, true);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).extracting(Summary::closed).containsExactly(false, true);
        }
    }

    @Test
    void anAlarmDoesNotWaitAndGoesFirst() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            for (int i = 0; i < 50; i++) {
                put(database, "case-" + i, i, Severity.WARNING, false);
            }
            put(database, "worst", 99, Severity.ALARM, false);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).extracting(Summary::caseNumber).containsExactly(99);
        }
    }

    @Test
    void pausedNothingLeavesAndAFlushDoesNotWait() throws Exception {
        Uplink.Orders orders = Uplink.Orders.beside(folder.resolve("store.db"));
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            put(database, "case-1", 1, Severity.WARNING, false);
            Files.createFile(orders.pausedFile());
            Files.createFile(orders.flushFile());
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("paused");
            Files.delete(orders.pausedFile());
            Files.createFile(orders.flushFile());
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).hasSize(1);
        }
    }

    @Test
    void aLinkThatIsAwayKeepsTheQueueAndCostsNothing() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(
                    database, settings(10_000, Duration.ZERO), new DirectoryLink(folder.resolve("no stick"), false));
            put(database, "case-1", 1, Severity.ALARM, false);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("closed");
            assertThat(ledgerBytes(database)).isZero();
        }
    }

    @Test
    void aWarningThatCannotBePaidForStopsNoAlarm() throws Exception {
        boolean[] broken = {true};
        UplinkLink link = new UplinkLink() {
            private final UplinkLink files = new DirectoryLink(stick, false);

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

            @Override
            public void close() {}
        };
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(100, Duration.ZERO), link);
            put(database, "minor", 1, Severity.WARNING, false);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("no carrier");
            broken[0] = false;
            put(database, "major", 2, Severity.ALARM, false);
            now = now.plusSeconds(3_600);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).extracting(Summary::caseNumber).containsExactly(2);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("the month's cap of 100 bytes");
        }
    }

    @Test
    void aFrameHoldsSummariesOfOneLaneWhoseShareItUses() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            put(database, "minor", 1, Severity.WARNING, false);
            put(database, "minor too", 2, Severity.ADVISORY, false);
            put(database, "major", 3, Severity.ALARM, false);
            now = now.plus(HOLD);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).extracting(Summary::caseNumber).containsExactly(3);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(arrived()).extracting(Summary::caseNumber).containsExactly(3, 1, 2);
            assertThat(uplink.runOnce()).isFalse();
        }
    }

    @Test
    void aStoreThatBeginsAnewUsesNoCounterASecondTime() throws Exception {
        Path store = folder.resolve("store.db");
        for (int life = 0; life < 3; life++) {
            try (Database database = Database.open(store)) {
                put(database, "case-" + life, life, Severity.ALARM, false);
                assertThat(lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false))
                                .runOnce())
                        .isTrue();
            }
            for (String end : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(folder.resolve("store.db" + end));
            }
        }
        assertThat(arrived()).extracting(Summary::caseNumber).containsExactly(0, 1, 2);
        Files.writeString(folder.resolve("store.db.uplink-counters"), "one 2\n");
        try (Database database = Database.open(store)) {
            put(database, "case-9", 9, Severity.ALARM, false);
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).contains("store.db.uplink-counters", "a new key");
        }
    }

    @Test
    void oldFramesArePurgedButNotTheNewestCounterNorTheMonthsLedger() throws Exception {
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), new DirectoryLink(stick, false));
            for (int i = 0; i < 3; i++) {
                put(database, "case-" + i, i, Severity.ALARM, false);
                assertThat(uplink.runOnce()).isTrue();
                now = now.plus(Duration.ofDays(2));
            }
            put(database, "waits", 9, Severity.WARNING, false);
            // 25, 27 and 29 November; now it is the first of December
            now = now.plusSeconds(1);
            long micros = now.getEpochSecond() * 1_000_000;
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

    /** A link that keeps what it was given, and may be told to fail. */
    private static final class Scripted implements UplinkLink {
        private final List<byte[]> given = new ArrayList<>();
        private List<byte[]> down = List.of();
        private boolean open = true;
        private int asked;
        private int hungUp;
        private @Nullable IOException trouble;

        @Override
        public String name() {
            return "a scripted link";
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void send(int keyId, long counter, byte[] frame) throws IOException {
            fail();
            given.add(frame);
        }

        private void fail() throws IOException {
            if (trouble != null) {
                throw trouble;
            }
        }

        @Override
        public List<byte[]> received() {
            List<byte[]> all = down;
            down = List.of();
            return all;
        }

        @Override
        public boolean mustAsk() {
            return true;
        }

        @Override
        public void ask() throws IOException {
            asked++;
            fail();
        }

        @Override
        public void hangUp() {
            hungUp++;
        }

        @Override
        public void close() {}

        private List<Summary> told(SummaryCodec codec) throws Exception {
            List<Summary> all = new ArrayList<>();
            for (byte[] frame : given) {
                all.addAll(FrameContent.unpack(
                                codec, FrameSeal.open(Map.of(1, KEY), frame).content())
                        .orElseThrow());
            }
            return all;
        }
    }

    @Test
    void whatSurelyWasNotCarriedIsNotPaidAndWhatMayHaveBeenIs() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), link);
            put(database, "case-1", 1, Severity.ALARM, false);
            link.trouble = new UplinkLink.NotCarried("no network");
            assertThat(uplink.runOnce()).isFalse();
            assertThat(ledgerBytes(database)).isZero();
            link.trouble = new IOException("broke off");
            now = now.plusSeconds(60);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(ledgerBytes(database)).isBetween(40L, 48L);
            link.trouble = null;
            now = now.plusSeconds(60);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(ledgerBytes(database)).isBetween(80L, 96L);
        }
    }

    @Test
    void whereTheBudgetHasNoRoomForAFullFrameASmallerOneGoes() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(150, Duration.ZERO), link);
            for (int i = 0; i < 20; i++) {
                put(database, "case-" + i, i, Severity.ALARM, false);
            }
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(codec)).hasSizeBetween(3, 10);
            assertThat(link.told(codec)).extracting(Summary::caseNumber).startsWith(0, 1, 2);
        }
    }

    @Test
    void aFrameThatCouldNotBeSentForAnHourIsGivenUpForWhatIsSoNow() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), link);
            put(database, "case-1", 1, Severity.ALARM, false);
            put(database, "case-2", 2, Severity.ALARM, false);
            link.trouble = new IOException("broke off");
            assertThat(uplink.runOnce()).isFalse();
            put(database, "case-1", 1, Severity.WARNING, false);
            link.trouble = null;
            now = now.plusSeconds(3_700);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(codec)).extracting(Summary::caseNumber).containsExactly(2);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(codec))
                    .extracting(Summary::caseNumber, Summary::severity)
                    .containsExactly(tuple(2, Severity.ALARM), tuple(1, Severity.WARNING));
            assertThat(FrameSeal.open(Map.of(1, KEY), link.given.getFirst()).counter())
                    .as("no counter twice")
                    .isEqualTo(1);
        }
    }

    @Test
    void whatComesDownIsPaidAndTheOtherEndIsAskedOnlyAsOftenAsWanted() throws Exception {
        ask = Duration.ofHours(1);
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), link);
            for (int minute = 0; minute < 150; minute++, now = now.plusSeconds(60)) {
                uplink.runOnce();
            }
            assertThat(link.asked).isEqualTo(3);
            assertThat(ledgerBytes(database)).isEqualTo(3);
            link.down = List.of(new byte[30]);
            uplink.runOnce();
            assertThat(ledgerBytes(database)).isEqualTo(33);
            link.trouble = new UplinkLink.NotCarried("no network");
            now = now.plusSeconds(3_600);
            uplink.runOnce();
            assertThat(link.asked).isEqualTo(4);
            assertThat(ledgerBytes(database)).isEqualTo(33);
        }
    }

    @Test
    void aContactThatEndsIsHungUpOnceAndTheNextOneDoesNotWaitForAnEarlierTrouble() throws Exception {
        contact = ContactWindows.parse(List.of("12:00-12:10", "13:00-13:10"));
        Scripted link = new Scripted();
        link.trouble = new IOException("broke off");
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = lane(database, settings(10_000, Duration.ZERO), link);
            put(database, "case-1", 1, Severity.ALARM, false);
            now = now.plusSeconds(599);
            assertThat(uplink.runOnce()).isFalse();
            now = now.plusSeconds(1);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).isEqualTo("out of contact: closed, opens at 2026-11-25T13:00:00Z");
            uplink.runOnce();
            assertThat(link.hungUp).isEqualTo(1);
            link.trouble = null;
            now = Instant.parse("2026-11-25T13:00:00Z");
            assertThat(uplink.runOnce()).isTrue();
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

            @Override
            public void close() {}
        };
        for (int start = 0; start < 40; start++) {
            try (Database database = Database.open(folder.resolve("store.db"))) {
                Uplink uplink = lane(database, settings(cap, Duration.ZERO), failing);
                for (int step = 0; step < 5; step++) {
                    put(
                            database,
                            "case-" + random.nextInt(60),
                            random.nextInt(4_000),
                            random.nextInt(4) == 0 ? Severity.ALARM : Severity.WARNING,
                            random.nextBoolean());
                    now = now.plusSeconds(random.nextInt(120));
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
            assertThat(ledgerBytes(database)).isEqualTo(sentBytes[0]);
        }
    }

    private static long ledgerBytes(Database database) throws Exception {
        return database.read(c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT ifnull(sum(bytes), 0) FROM uplink_ledger")) {
                return r.getLong(1);
            }
        });
    }
}
