package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.NodeHealth;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Tariff;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the intake promises on every store. */
abstract class IntakeContract {
    static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());
    static final Instant START = Instant.parse("2026-11-20T10:00:00Z");
    private static final long MINUTES = 466_000;
    private static final Tariff TARIFF = new Tariff("USD", 4, 0.01, 0, 0, 0, 1.5, 0, 0, 1);

    @TempDir
    Path folder;

    private final Map<String, SiteSettings> sites = new HashMap<>();
    private Map<String, SiteSettings> present = Map.of();
    Instant now = START;

    /** An empty store, the same at each call of a test. */
    abstract StoreAddress address() throws Exception;

    private HubSettings settings(StoreAddress store) {
        return new HubSettings(
                store,
                folder,
                new HubSettings.Standard(TARIFF, 0, Duration.ofHours(1)),
                1_000,
                100,
                Duration.ofDays(10),
                Duration.ofDays(20),
                null,
                null,
                new HubSettings.Folder(folder, null, Duration.ofSeconds(1)),
                null);
    }

    final FrameKey site(String name, int seed) {
        FrameKey key = FrameKey.parse("1 " + String.format("%02x", seed).repeat(44));
        sites.put(name, new SiteSettings(name, Map.of(1, key), List.of("unit-1"), TARIFF, 0, Duration.ofHours(1)));
        present = Map.copyOf(sites);
        return key;
    }

    static byte[] frame(FrameKey key, long counter, Summary... summaries) {
        return FrameSeal.seal(
                key,
                counter,
                FrameContent.pack(CODEC, List.of(summaries), FrameSeal.LONGEST - 40)
                        .content());
    }

    private static Summary summary(long opened, long minutes, Severity severity, boolean closed) {
        return new Summary(
                0,
                (int) (opened % 4_096),
                minutes,
                "imbalance",
                severity,
                0.6,
                closed,
                List.of(new Summary.Evidence("kurtosis_high", "1", 12.3)));
    }

    static Summary summary() {
        return summary(MINUTES, MINUTES, Severity.WARNING, false);
    }

    /** A hub's intake, stepped by hand; dropped without a word it is a hub that was killed. */
    final class Stepped implements AutoCloseable {
        private final HubDatabase database;
        private final ArrivalQueue queue = new ArrivalQueue(1_000);
        final Intake intake;
        final List<Verdict> verdicts = new ArrayList<>();
        final List<ToldReceipt> receipts = new ArrayList<>();

        Stepped(StoreAddress store) throws Exception {
            database = HubDatabase.of(store);
            intake = new Intake(database, settings(store), queue, () -> present, receipts::add, () -> {}, () -> now);
            try {
                intake.open();
            } catch (StoreFailed e) {
                database.close();
                throw e;
            }
        }

        void bring(String site, byte[] frame) throws InterruptedException {
            assertThat(queue.offer(new Arrival(site, frame, verdicts::add), Duration.ZERO))
                    .isTrue();
        }

        List<Verdict> settled() throws Exception {
            verdicts.clear();
            intake.runOnce();
            return List.copyOf(verdicts);
        }

        /** As the kernel does to a killed process's sockets and locks. */
        @Override
        public void close() {
            database.close();
        }
    }

    private FleetReport.SiteLine line(String site) throws Exception {
        return FleetReport.sites(address(), sites, "2026-11", now).stream()
                .filter(each -> each.site().equals(site))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aKilledHubKnowsWhatItHasAnsweredAndCountsItOnce() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            for (int counter = 0; counter < 5; counter++) {
                hub.bring("works", frame(key, counter, summary()));
            }
            assertThat(hub.settled()).hasSize(5).allMatch(Verdict.Taken.class::isInstance);
        }
        FleetReport.SiteLine before = line("works");
        assertThat(before.frames()).isEqualTo(5);
        assertThat(before.money()).isEqualTo(1.5);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 4, summary()));
            hub.bring("works", frame(key, 6, summary()));
            assertThat(hub.settled())
                    .satisfiesExactly(
                            known -> assertThat(known).isEqualTo(new Verdict.Known(1, 4)),
                            taken -> assertThat(taken).isInstanceOf(Verdict.Taken.class));
            hub.intake.save();
            hub.bring("works", frame(key, 7, summary()));
            hub.settled();
        }
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 6, summary()));
            hub.bring("works", frame(key, 7, summary()));
            assertThat(hub.settled()).allMatch(Verdict.Known.class::isInstance).hasSize(2);
            hub.intake.save();
        }
        FleetReport.SiteLine after = line("works");
        assertThat(after.frames()).isEqualTo(7);
        assertThat(after.bytes()).isEqualTo(7L * frame(key, 1, summary()).length);
        assertThat(after.missing()).isEqualTo(1);
        assertThat(after.refused()).isEqualTo(Map.of("replayed", 3L));
    }

    @Test
    void badFramesAreCountedBySiteAndReasonAndTheRestGoesOn() throws Exception {
        FrameKey key = site("works", 1);
        FrameKey other = site("mill", 2);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(other, 0, summary()));
            hub.bring("works", new byte[500]);
            hub.bring("nobody", frame(key, 0, summary()));
            hub.bring("mill", new byte[] {(byte) 0x83});
            hub.bring("works", frame(key, 0, summary()));
            hub.bring("mill", FrameSeal.seal(other, 0, new byte[] {0}));
            assertThat(hub.settled()).hasSize(6);
        }
        assertThat(line("works").refused()).isEqualTo(Map.of("wrong_key", 1L, "too_long", 1L));
        assertThat(line("works").frames()).isEqualTo(1);
        assertThat(line("mill").refused()).isEqualTo(Map.of("truncated", 1L, "other_version", 1L));
        assertThat(line("").refused()).isEqualTo(Map.of("unknown_site", 1L));
    }

    @Test
    void theNewestWordOnACaseStandsWhateverTheOrderItCameIn() throws Exception {
        FrameKey key = site("works", 1);
        List<Summary> told = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            told.add(summary(MINUTES, MINUTES + i, i < 10 ? Severity.WARNING : Severity.ALARM, i == 19));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < told.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(7));
        try (Stepped hub = new Stepped(address())) {
            for (int each : order) {
                hub.bring("works", frame(key, each, told.get(each)));
                if (each % 3 == 0) {
                    hub.settled();
                }
            }
            hub.settled();
        }
        List<FleetCase> cases = FleetReport.cases(address(), "works", false, 10);
        assertThat(cases).hasSize(1);
        assertThat(cases.getFirst().closed()).isTrue();
        assertThat(cases.getFirst().severity()).isEqualTo(Severity.ALARM);
        assertThat(cases.getFirst().asset()).isEqualTo("unit-1");
        assertThat(cases.getFirst().evidence()).containsExactly(new Summary.Evidence("kurtosis_high", "1", 12.3));
        assertThat(FleetReport.cases(address(), "", true, 10)).isEmpty();
        assertThat(FleetReport.cases(address(), "mill", false, 10)).isEmpty();
    }

    @Test
    void aSecondHubIsKeptOut() throws Exception {
        site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            assertThatThrownBy(() -> new Stepped(address()).close())
                    .isInstanceOf(StoreFailed.class)
                    .hasMessageContaining("another hub");
            assertThat(hub.settled()).isEmpty();
        }
        new Stepped(address()).close();
    }

    @Test
    void aNewSiteIsServedWithoutARestartAndOneWhoseKeyWentIsNot() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            FrameKey later = site("mill", 2);
            hub.bring("mill", frame(later, 0, summary()));
            hub.bring("works", frame(key, 0, summary()));
            assertThat(hub.settled()).hasSize(2).allMatch(Verdict.Taken.class::isInstance);
            sites.remove("works");
            present = Map.copyOf(sites);
            hub.bring("works", frame(key, 1, summary()));
            assertThat(hub.settled()).hasSize(1).allMatch(Verdict.Refused.class::isInstance);
        }
        assertThat(line("works").state()).isEqualTo("no_key");
        assertThat(line("works").frames()).isEqualTo(1);
    }

    @Test
    void oldFramesGoAndTheirCountersAreKnownStill() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 0, summary()));
            hub.settled();
            hub.intake.save();
            now = START.plus(Duration.ofDays(11));
            hub.settled();
            hub.bring("works", frame(key, 0, summary()));
            hub.bring("works", frame(key, 1, summary()));
            assertThat(hub.settled()).hasSize(2).first().isEqualTo(new Verdict.Known(1, 0));
        }
        long left = HubDatabase.readOnly(address(), c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery("SELECT count(*) FROM hub_frame")) {
                r.next();
                return r.getLong(1);
            }
        });
        assertThat(left).isEqualTo(1);
        assertThat(line("works").frames()).isEqualTo(1);
    }

    private static byte[] items(FrameKey key, long counter, FrameItem... items) {
        return FrameSeal.seal(
                key,
                counter,
                FrameContent.packItems(CODEC, List.of(items), FrameSeal.LONGEST - 40)
                        .content());
    }

    private static FrameItem.Health health(long minutes, int waiting) {
        return new FrameItem.Health(
                new NodeHealth(minutes, 40, 3, 1, 1_000, 2, waiting, 0, 80, true, List.of(Optional.empty())));
    }

    @Test
    void whatAGatewayTellsOfItselfAndWhatBecameOfCommandsIsKept() throws Exception {
        FrameKey key = site("works", 1);
        FrameItem.Receipt receipt = new FrameItem.Receipt(3, 77, FrameItem.Verdict.DONE);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", items(key, 0, health(MINUTES, 5)));
            hub.settled();
            hub.bring("works", items(key, 2, health(MINUTES + 2, 7), receipt));
            hub.bring("works", items(key, 1, health(MINUTES + 1, 6)));
            assertThat(hub.settled()).hasSize(2).allMatch(Verdict.Taken.class::isInstance);
            assertThat(hub.receipts).containsExactly(new ToldReceipt("works", receipt));
        }
        JsonNode gateway = line("works").gateway();
        assertThat(gateway).isNotNull();
        assertThat(gateway.path("waiting").asInt()).isEqualTo(7);
        assertThat(gateway.path("sources_down").asInt()).isEqualTo(1);
        assertThat(line("works").refused()).isEmpty();
    }

    @Test
    void aGatewaysWordThatWasOvertakenIsNoNewsAndOneWhoseClockWasSetBackIs() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", items(key, 2, health(MINUTES + 500_000, 7)));
            hub.settled();
            hub.bring("works", items(key, 1, health(MINUTES + 500_001, 6)));
            hub.settled();
            JsonNode gateway = line("works").gateway();
            assertThat(gateway).isNotNull();
            assertThat(gateway.path("waiting").asInt()).isEqualTo(7);
            assertThat(gateway.has("counter")).isFalse();
            hub.bring("works", items(key, 3, health(MINUTES, 8)));
            hub.settled();
        }
        JsonNode gateway = line("works").gateway();
        assertThat(gateway).isNotNull();
        assertThat(gateway.path("waiting").asInt()).isEqualTo(8);
    }

    @Test
    void aLateWordOnALongCaseThatIsOverOpensNoOtherOneAfterARestartEither() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 0, summary()));
            hub.bring("works", frame(key, 2, summary(MINUTES, MINUTES + 6_000, Severity.ALARM, true)));
            hub.settled();
        }
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 1, summary(MINUTES, MINUTES + 5_000, Severity.WARNING, false)));
            assertThat(hub.settled()).hasSize(1).allMatch(Verdict.Taken.class::isInstance);
        }
        assertThat(FleetReport.cases(address(), "works", false, 10)).hasSize(1).allMatch(FleetCase::closed);
    }

    @Test
    void aCasesEvidenceIsThereWhenItsLastPartHasComeInAnyOrder() throws Exception {
        FrameKey key = site("works", 1);
        byte[] sheet = deflated(
                new ObjectMapper(new CBORFactory()).writeValueAsBytes(Map.of("case", "unit-1-x", "severity", "alarm")));
        int number = (int) (MINUTES % 4_096);
        int half = sheet.length / 2;
        FrameItem.SheetPart first = new FrameItem.SheetPart(0, number, 4, 0, 2, Arrays.copyOf(sheet, half));
        FrameItem.SheetPart second =
                new FrameItem.SheetPart(0, number, 4, 1, 2, Arrays.copyOfRange(sheet, half, sheet.length));
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 0, summary()));
            hub.bring("works", items(key, 1, second));
            hub.settled();
            FleetCase told = FleetReport.cases(address(), "works", false, 1).getFirst();
            assertThat(FleetReport.evidence(address(), told)).isEmpty();
            hub.bring("works", items(key, 2, first, second));
            hub.settled();
            assertThat(FleetReport.evidence(address(), told)
                            .orElseThrow()
                            .path("case")
                            .asText())
                    .isEqualTo("unit-1-x");
        }
    }

    private static byte[] deflated(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain);
            deflater.finish();
            byte[] all = new byte[1_000];
            return Arrays.copyOf(all, deflater.deflate(all));
        } finally {
            deflater.end();
        }
    }

    @Test
    void aSiteThatSendsNoMoreIsSilent() throws Exception {
        FrameKey key = site("works", 1);
        site("mill", 2);
        try (Stepped hub = new Stepped(address())) {
            hub.bring("works", frame(key, 0, summary()));
            hub.settled();
        }
        assertThat(line("works").state()).isEqualTo("heard");
        assertThat(line("mill").state()).isEqualTo("never");
        now = START.plus(Duration.ofMinutes(61));
        assertThat(line("works").state()).isEqualTo("silent");
    }
}
