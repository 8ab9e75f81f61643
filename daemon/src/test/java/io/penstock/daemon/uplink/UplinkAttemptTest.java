package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an attempt at the link costs and what becomes of what it did not carry, on a link that may be told to fail. */
class UplinkAttemptTest {
    @TempDir
    Path folder;

    private SteppedUplink site;

    @BeforeEach
    void aSite() throws IOException {
        site = new SteppedUplink(folder);
    }

    /** A link that keeps what it was given, and may be told to fail. */
    private static final class Scripted implements UplinkLink {
        private final List<byte[]> given = new ArrayList<>();
        private List<byte[]> down = List.of();
        private boolean open = true;
        private int asked;
        private int hungUp;
        private int settled;
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
        public void settled() {
            settled++;
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

        private List<Summary> told(SummaryCodec codec) throws Exception {
            List<Summary> all = new ArrayList<>();
            for (byte[] frame : given) {
                all.addAll(SteppedUplink.told(codec, SteppedUplink.KEY, frame));
            }
            return all;
        }
    }

    @Test
    void whatSurelyWasNotCarriedIsNotPaidAndWhatMayHaveBeenIs() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            site.put(database, "case-1", 1, Severity.ALARM, false);
            link.trouble = new UplinkLink.NotCarried("no network");
            assertThat(uplink.runOnce()).isFalse();
            assertThat(SteppedUplink.ledgerBytes(database)).isZero();
            link.trouble = new IOException("broke off");
            site.now = site.now.plusSeconds(60);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(SteppedUplink.ledgerBytes(database)).isBetween(40L, 48L);
            link.trouble = null;
            site.now = site.now.plusSeconds(60);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(SteppedUplink.ledgerBytes(database)).isBetween(80L, 96L);
        }
    }

    @Test
    void whereTheBudgetHasNoRoomForAFullFrameASmallerOneGoes() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(150, Duration.ZERO), link);
            for (int i = 0; i < 20; i++) {
                site.put(database, "case-" + i, i, Severity.ALARM, false);
            }
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(site.codec)).hasSizeBetween(3, 10);
            assertThat(link.told(site.codec)).extracting(Summary::caseNumber).startsWith(0, 1, 2);
        }
    }

    @Test
    void aFrameThatCouldNotBeSentForAnHourIsGivenUpForWhatIsSoNow() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            site.put(database, "case-1", 1, Severity.ALARM, false);
            site.put(database, "case-2", 2, Severity.ALARM, false);
            link.trouble = new IOException("broke off");
            assertThat(uplink.runOnce()).isFalse();
            site.put(database, "case-1", 1, Severity.WARNING, false);
            link.trouble = null;
            site.now = site.now.plusSeconds(3_700);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(site.codec)).extracting(Summary::caseNumber).containsExactly(2);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(site.codec))
                    .extracting(Summary::caseNumber, Summary::severity)
                    .containsExactly(tuple(2, Severity.ALARM), tuple(1, Severity.WARNING));
            assertThat(FrameSeal.open(Map.of(1, SteppedUplink.KEY), link.given.getFirst())
                            .counter())
                    .as("no counter twice")
                    .isEqualTo(1);
        }
    }

    @Test
    void whatComesDownIsPaidAndTheOtherEndIsAskedOnlyAsOftenAsWanted() throws Exception {
        site.ask = Duration.ofHours(1);
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            for (int minute = 0; minute < 150; minute++, site.now = site.now.plusSeconds(60)) {
                uplink.runOnce();
            }
            assertThat(link.asked).isEqualTo(3);
            assertThat(SteppedUplink.ledgerBytes(database)).isEqualTo(3);
            link.down = List.of(new byte[30]);
            uplink.runOnce();
            assertThat(SteppedUplink.ledgerBytes(database)).isEqualTo(33);
            link.trouble = new UplinkLink.NotCarried("no network");
            site.now = site.now.plusSeconds(3_600);
            uplink.runOnce();
            assertThat(link.asked).isEqualTo(4);
            assertThat(SteppedUplink.ledgerBytes(database)).isEqualTo(33);
        }
    }

    @Test
    void whatCouldNotBeCarriedOutIsLeftWithTheOtherEnd() throws Exception {
        Scripted link = new Scripted();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            site.hearing = (frame, at) -> {
                throw new StoreFailed("save a command", new IOException("disk full"), true);
            };
            Uplink full = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            link.down = List.of(new byte[30]);
            assertThatThrownBy(full::runOnce).isInstanceOf(StoreFailed.class);
            assertThat(link.settled).isZero();
            site.hearing = (frame, at) -> {};
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            link.down = List.of(new byte[30]);
            uplink.runOnce();
            assertThat(link.settled).isEqualTo(1);
            uplink.runOnce();
            assertThat(link.settled).as("nothing came").isEqualTo(1);
        }
    }

    @Test
    void aContactThatEndsIsHungUpOnceAndTheNextOneDoesNotWaitForAnEarlierTrouble() throws Exception {
        site.contact = ContactWindows.parse(List.of("12:00-12:10", "13:00-13:10"));
        Scripted link = new Scripted();
        link.trouble = new IOException("broke off");
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            site.put(database, "case-1", 1, Severity.ALARM, false);
            site.now = site.now.plusSeconds(599);
            assertThat(uplink.runOnce()).isFalse();
            site.now = site.now.plusSeconds(1);
            assertThat(uplink.runOnce()).isFalse();
            assertThat(uplink.held()).isEqualTo("out of contact: closed, opens at 2026-11-25T13:00:00Z");
            uplink.runOnce();
            assertThat(link.hungUp).isEqualTo(1);
            link.trouble = null;
            site.now = Instant.parse("2026-11-25T13:00:00Z");
            assertThat(uplink.runOnce()).isTrue();
        }
    }

    @Test
    void aStickThatTakesNoFrameCostsNothingHoweverOftenItIsTried() throws Exception {
        Path inTheWay = Files.createDirectory(site.stick.resolve(".001-000000000000.frame.part"));
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink =
                    site.lane(database, site.settings(100, Duration.ZERO), new DirectoryLink(site.stick, false));
            site.put(database, "case-1", 1, Severity.ALARM, false);
            // a frame that waits for an hour is given up for one of another counter
            for (int tries = 0; tries < 4; tries++, site.now = site.now.plusSeconds(600)) {
                assertThat(uplink.runOnce()).isFalse();
                assertThat(uplink.held()).contains("was not sent: write");
            }
            assertThat(SteppedUplink.ledgerBytes(database)).isZero();
            Files.delete(inTheWay);
            assertThat(uplink.runOnce()).isTrue();
            assertThat(site.arrived()).hasSize(1);
        }
    }

    @Test
    void aCaseThatGoesOnIsNotTooOldHoweverLongItsFirstWordHasWaited() throws Exception {
        Scripted link = new Scripted();
        link.open = false;
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = site.lane(database, site.settings(10_000, Duration.ZERO), link);
            site.put(database, "goes on", 1, minutes(), Severity.ALARM, false);
            site.put(database, "said no more", 2, minutes(), Severity.ALARM, false);
            for (int day = 0; day < 92; day++) {
                site.now = site.now.plus(Duration.ofDays(1));
                uplink.runOnce();
                site.put(database, "goes on", 1, minutes(), Severity.ALARM, false);
            }
            link.open = true;
            assertThat(uplink.runOnce()).isTrue();
            assertThat(link.told(site.codec)).extracting(Summary::caseNumber).containsExactly(1);
            assertThat(database.read(UplinkQueue::counts)).containsEntry("dropped: too old", 1L);
        }
    }

    private long minutes() {
        return Summaries.minutes(site.now.getEpochSecond() * 1_000_000);
    }
}
