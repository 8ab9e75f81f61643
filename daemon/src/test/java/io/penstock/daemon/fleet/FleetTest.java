package io.penstock.daemon.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameItem;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Tariff;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hub says to a frame, whatever it is. */
class FleetTest {
    private static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());
    private static final FrameKey KEY = FrameKey.parse("7 " + "c3".repeat(44));
    private static final long NOW = Instant.parse("2026-11-20T10:00:00Z").toEpochMilli() * 1_000;

    private final Fleet fleet = fleet();

    private static Fleet fleet() {
        Fleet fleet = new Fleet(CODEC);
        fleet.settle(Map.of("works", site(Tariff.free("USD"))));
        fleet.add("works", new SiteState(1));
        return fleet;
    }

    private static SiteSettings site(Tariff tariff) {
        return new SiteSettings("works", Map.of(7, KEY), List.of("pump-1"), tariff, 10, Duration.ofHours(1));
    }

    private static byte[] frame(FrameKey key, long counter, Summary... summaries) {
        return FrameSeal.seal(
                key,
                counter,
                FrameContent.pack(CODEC, List.of(summaries), FrameSeal.LONGEST - 40)
                        .content());
    }

    private static Summary summary(int number, long minutes, boolean closed) {
        return new Summary(0, number, minutes, "imbalance", Severity.WARNING, 0.6, closed, List.of());
    }

    private static byte[] frame(long counter) {
        return frame(KEY, counter, summary(100, 467_000, false));
    }

    private Verdict judged(byte[] frame) {
        return fleet.judge("works", frame, NOW);
    }

    private Verdict.Reason refused(byte[] frame) {
        assertThat(judged(frame)).isInstanceOf(Verdict.Refused.class);
        return ((Verdict.Refused) judged(frame)).reason();
    }

    @Test
    void aFrameIsTakenOnceAndKnownAfterwards() {
        assertThat(judged(frame(3))).isInstanceOfSatisfying(Verdict.Taken.class, taken -> {
            assertThat(taken.counter()).isEqualTo(3);
            assertThat(taken.readable()).isTrue();
            assertThat(taken.items())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            FrameItem.Told.class,
                            told -> assertThat(told.summary().fault()).isEqualTo("imbalance"));
        });
        assertThat(judged(frame(3))).isEqualTo(new Verdict.Known(7, 3));
    }

    @Test
    void badFramesAreToldApart() {
        byte[] whole = frame(1);
        byte[] changed = whole.clone();
        changed[changed.length - 1] ^= 1;
        byte[] other = whole.clone();
        other[0] = (byte) 0x84;
        assertThat(refused(Arrays.copyOf(whole, whole.length - 1))).isEqualTo(Verdict.Reason.TRUNCATED);
        assertThat(refused(new byte[0])).isEqualTo(Verdict.Reason.OTHER_VERSION);
        assertThat(refused(other)).isIn(Verdict.Reason.OTHER_VERSION, Verdict.Reason.TRUNCATED);
        assertThat(refused("{\"json\":1}".getBytes(StandardCharsets.UTF_8))).isEqualTo(Verdict.Reason.OTHER_VERSION);
        assertThat(refused(new byte[341])).isEqualTo(Verdict.Reason.TOO_LONG);
        assertThat(refused(changed)).isEqualTo(Verdict.Reason.WRONG_KEY);
        assertThat(refused(frame(FrameKey.parse("7 " + "11".repeat(44)), 1, summary(1, 467_000, false))))
                .isEqualTo(Verdict.Reason.WRONG_KEY);
        assertThat(refused(frame(FrameKey.parse("8 " + "c3".repeat(44)), 1, summary(1, 467_000, false))))
                .isEqualTo(Verdict.Reason.UNKNOWN_KEY);
        assertThat(fleet.judge("elsewhere", whole, NOW))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class, r -> assertThat(r.reason()).isEqualTo(Verdict.Reason.UNKNOWN_SITE));
        // none of them has used up a counter
        assertThat(judged(whole)).isInstanceOf(Verdict.Taken.class);
    }

    @Test
    void aFrameOfAnotherDictionaryIsTakenAndKeptForAVersionThatReadsIt() {
        byte[] content = {0x19, 0x1e, 0x68, 0x42, 0x63, 0x00};
        assertThat(judged(FrameSeal.seal(KEY, 9, content))).isInstanceOfSatisfying(Verdict.Taken.class, taken -> {
            assertThat(taken.readable()).isFalse();
            assertThat(taken.content()).isEqualTo(content);
            assertThat(taken.items()).isEmpty();
        });
    }

    @Test
    void countersThatNeverCameAreMissedUntilTheyCome() {
        for (long counter : new long[] {10, 11, 15, 13}) {
            judged(frame(counter));
        }
        KeyProgress progress = state().keys().get(7);
        assertThat(progress).isNotNull();
        assertThat(progress.missing()).isEqualTo(2);
        judged(frame(12));
        assertThat(progress.missing()).isEqualTo(1);
        judged(frame(5_000));
        assertThat(refused(frame(14))).isEqualTo(Verdict.Reason.TOO_OLD);
    }

    private SiteState state() {
        SiteState state = fleet.state("works");
        assertThat(state).isNotNull();
        return state;
    }

    @Test
    void whatCameIsPaidByTheSitesTariffMonthByMonth() {
        Tariff credits = new Tariff("USD", 0, 0, 50, 0.16, 100, 0, 0, 0, 1);
        fleet.settle(Map.of("works", site(credits)));
        int length = frame(1).length + 10;
        assertThat(length).isBetween(40, 50);
        for (int counter = 1; counter <= 4; counter++) {
            judged(frame(counter));
        }
        fleet.judge("works", frame(5), NOW + Duration.ofDays(15).toMillis() * 1_000);
        MonthTally november = state().months().get("2026-11");
        assertThat(november).isNotNull();
        assertThat(november.frames()).isEqualTo(4);
        assertThat(november.bytes()).isEqualTo(4L * length);
        assertThat(november.billed()).isEqualTo(200);
        // the first two are within the month's allowance
        assertThat(november.money()).isEqualTo(0.32);
        assertThat(state().months()).containsOnlyKeys("2026-11", "2026-12");
        state().saved();
        assertThat(state().months()).containsOnlyKeys("2026-12");
    }

    @Test
    void aCaseOfManyDaysStaysOneAndANumberThatComesAgainIsAnother() {
        long opened = 467_000;
        int number = (int) (opened % Summary.CASE_NUMBERS);
        assertThat(state().caseOf(summary(number, opened + 5, false)).openedMinutes())
                .isEqualTo(opened);
        assertThat(state().caseOf(summary(number, opened + 3_000, false)).openedMinutes())
                .isEqualTo(opened);
        // longer than a lap of the numbers
        assertThat(state().caseOf(summary(number, opened + 6_000, false)).openedMinutes())
                .isEqualTo(opened);
        assertThat(state().caseOf(summary(number, opened + 6_001, true)).openedMinutes())
                .isEqualTo(opened);
        // the same number two laps later, the other is closed
        assertThat(state().caseOf(summary(number, opened + 2 * Summary.CASE_NUMBERS + 1, false))
                        .openedMinutes())
                .isEqualTo(opened + 2 * Summary.CASE_NUMBERS);
    }

    @Test
    void aWordThatIsLateOrSaidAgainOpensNoOtherCase() {
        long opened = 467_000;
        int number = (int) (opened % Summary.CASE_NUMBERS);
        state().caseOf(summary(number, opened, false));
        state().caseOf(summary(number, opened + 6_000, true));
        for (Summary late : List.of(
                summary(number, opened + 5_000, false),
                summary(number, opened + 6_000, true),
                summary(number, opened + 6_000, false))) {
            assertThat(state().caseOf(late).openedMinutes()).isEqualTo(opened);
        }
        // it stays over
        assertThat(state().caseOf(summary(number, opened + 2 * Summary.CASE_NUMBERS, false))
                        .openedMinutes())
                .isEqualTo(opened + 2 * Summary.CASE_NUMBERS);
    }

    @Test
    void everyCaseOfASiteOfManyMachinesStaysOneForLongerThanALapOfItsNumber() {
        long opened = 467_000;
        int number = (int) (opened % Summary.CASE_NUMBERS);
        for (int age : new int[] {0, 4_000, 6_000}) {
            for (int place = 0; place < Summary.MOST_ASSETS; place++) {
                Summary told =
                        new Summary(place, number, opened + age, "imbalance", Severity.WARNING, 0.6, false, List.of());
                assertThat(state().caseOf(told).openedMinutes())
                        .as("asset %d after %d minutes", place, age)
                        .isEqualTo(opened);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a\\b", ".hidden", "$node", "a\nb", "+", "#"})
    void aSiteIsNeverNamedWhatAFolderOrATopicWouldObey(String name) {
        assertThatThrownBy(() ->
                        new SiteSettings(name, Map.of(7, KEY), List.of(), Tariff.free("USD"), 0, Duration.ofHours(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("site name");
    }
}
