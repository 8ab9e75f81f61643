package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.store.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Thirty days without a contact, then one of ten minutes. */
class BlackoutTest {
    private static final Logger LOG = LoggerFactory.getLogger(BlackoutTest.class);
    private static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(32) + "a5".repeat(12));
    private static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());
    private static final int DAYS = 30;
    private static final int CASES = 400;
    private static final long A_MINUTE = 1_500;
    private static final long AN_HOUR = 12_000;

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-01T00:00:00Z");
    private boolean sky;

    private record Sent(Instant at, List<FrameItem> items, int bytes) {}

    private final List<Sent> sent = new ArrayList<>();

    private final UplinkLink link = new UplinkLink() {
        @Override
        public String name() {
            return "a link under a blind sky";
        }

        @Override
        public boolean isOpen() {
            return sky;
        }

        @Override
        public void send(int keyId, long counter, byte[] frame) {
            try {
                sent.add(new Sent(
                        now,
                        FrameContent.items(
                                        CODEC,
                                        FrameSeal.open(Map.of(1, KEY), frame).content())
                                .orElseThrow(),
                        frame.length));
            } catch (FrameSeal.Refused e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {}
    };

    private UplinkSettings settings() {
        return new UplinkSettings(
                true,
                new UplinkSettings.Link.Folder(folder),
                folder,
                new Budget(
                        Tariff.free("USD"),
                        List.of(
                                new Budget.Cap(Budget.Period.MINUTE, OptionalLong.of(A_MINUTE), OptionalDouble.empty()),
                                new Budget.Cap(Budget.Period.HOUR, OptionalLong.of(AN_HOUR), OptionalDouble.empty())),
                        List.of(0.3, 0.0, 0.0, 0.0)),
                0,
                Duration.ofSeconds(60),
                Duration.ofSeconds(2),
                Duration.ofDays(90),
                1_000,
                ContactWindows.parse(List.of("06:00-06:10")),
                Duration.ZERO,
                Duration.ZERO,
                UplinkSettings.Commands.NONE);
    }

    @Test
    void afterThirtyDaysTheNewestStateOfEveryOpenCaseIsThroughFirstAlarmsBeforeAllAndNoCapIsPassed() throws Exception {
        Map<Integer, Summary> newest = new HashMap<>();
        try (Database database = Database.open(folder.resolve("store.db"))) {
            Uplink uplink = new Uplink(
                    database,
                    settings(),
                    CODEC,
                    KEY,
                    link,
                    (frame, at) -> {},
                    Uplink.Orders.beside(folder.resolve("store.db")),
                    () -> now);
            Random random = new Random(11);
            int changes = 0;
            for (int hour = 0; hour < DAYS * 24; hour++, now = now.plusSeconds(3_600)) {
                for (int i = 0; i < 4; i++, changes++) {
                    change(database, random, newest);
                }
                uplink.runOnce();
                assertThat(sent).isEmpty();
                assertThat(uplink.held()).contains(now.toString().contains("T06:") ? "is closed" : "out of contact");
            }
            sky = true;
            now = Instant.parse("2026-12-01T05:50:00Z");
            for (; now.isBefore(Instant.parse("2026-12-01T06:20:00Z")); now = now.plusSeconds(1)) {
                uplink.runOnce();
            }
            LOG.info(
                    "30 days: {} changes of {} cases, {} open at their end; ten minutes: {} frames, {} bytes",
                    changes,
                    newest.size(),
                    newest.values().stream().filter(each -> !each.closed()).count(),
                    sent.size(),
                    sent.stream().mapToInt(Sent::bytes).sum());
        }
        nothingIsSentOutsideTheContactAndNoCapIsPassed();
        whatIsFirstIsWhatMattersMost(newest);
    }

    private void change(Database database, Random random, Map<Integer, Summary> newest) throws Exception {
        int number = random.nextInt(CASES);
        Summary summary = new Summary(
                number % 12,
                number,
                Summaries.minutes(now.getEpochSecond() * 1_000_000),
                "bearing_outer_race",
                Severity.values()[Math.min(2, random.nextInt(4))],
                0.6,
                random.nextInt(3) == 0,
                List.of(
                        new Summary.Evidence("kurtosis_high", "1", random.nextInt(900)),
                        new Summary.Evidence("crest_high", "1", random.nextInt(900))));
        newest.put(number, summary);
        long micros = now.getEpochSecond() * 1_000_000;
        database.run(c -> UplinkQueue.put(c, CODEC, summary, "case-" + number, micros, 1_000));
    }

    private void nothingIsSentOutsideTheContactAndNoCapIsPassed() {
        Map<Long, Integer> minutes = new HashMap<>();
        int hour = 0;
        for (Sent each : sent) {
            assertThat(each.at()).isBetween("2026-12-01T06:00:00Z", "2026-12-01T06:09:59Z");
            minutes.merge(each.at().getEpochSecond() / 60, each.bytes(), Integer::sum);
            hour += each.bytes();
        }
        assertThat(minutes.values()).allMatch(bytes -> bytes <= A_MINUTE);
        assertThat(hour).isLessThanOrEqualTo((int) AN_HOUR);
        for (int i = 1; i < sent.size(); i++) {
            assertThat(Duration.between(sent.get(i - 1).at(), sent.get(i).at()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
        }
    }

    private void whatIsFirstIsWhatMattersMost(Map<Integer, Summary> newest) {
        List<Summary> order = sent.stream()
                .flatMap(each -> each.items().stream())
                .map(item -> ((FrameItem.Told) item).summary())
                .toList();
        List<Integer> ranks = order.stream()
                .map(each -> each.closed() ? 2 : each.severity() == Severity.ALARM ? 0 : 1)
                .toList();
        assertThat(ranks).as("alarms, then what is open, then what is over").isSorted();
        List<Integer> told = order.stream().map(Summary::caseNumber).toList();
        assertThat(told).doesNotHaveDuplicates();
        long open = newest.values().stream().filter(each -> !each.closed()).count();
        assertThat(order.stream().filter(each -> !each.closed()))
                .as("every open case is told within the first contact")
                .hasSize((int) open);
        for (Summary each : order) {
            Summary is = Objects.requireNonNull(newest.get(each.caseNumber()));
            assertThat(each.minutes()).as("case %d", each.caseNumber()).isEqualTo(is.minutes());
            assertThat(each.severity()).isEqualTo(is.severity());
            assertThat(each.closed()).isEqualTo(is.closed());
        }
    }
}
