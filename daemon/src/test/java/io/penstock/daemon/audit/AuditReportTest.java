package io.penstock.daemon.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.daemon.route.Complexity;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.route.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditReportTest {
    private static final Prices PRICES =
            new Prices("EUR", List.of(new Prices.Price("big-*", 10, 30), new Prices.Price("small", 1, 2)));
    private static final Redaction REDACTION = new Redaction(List.of("Summarize the report please"));

    private static Call call(String ask, long in, long out) {
        return Call.of("big-1", "", ask, ask, in, out, -1, Double.NaN);
    }

    @Test
    void countedTasksAreExactAndPriced() {
        Tally tally = new Tally(PRICES, 10, 1);
        for (int i = 0; i < 30; i++) {
            tally.add(call("Summarize the report", 100, 50), Task.SUMMARIZATION);
        }
        for (int i = 0; i < 10; i++) {
            tally.add(call("Write a function", 100, 50), Task.CODE);
        }
        AuditReport report = AuditReport.of(tally, c -> Task.NOT_RECOGNISED, Double.NaN, REDACTION, List.of());
        assertThat(report.calls()).isEqualTo(40);
        assertThat(report.localCalls()).isCloseTo(0.75, within(1e-12));
        assertThat(report.localLow()).isEqualTo(report.localHigh());
        // 30 x (100 x 10 + 50 x 30) / 1e6
        assertThat(report.localCost()).isCloseTo(0.075, within(1e-12));
        assertThat(report.cost()).isCloseTo(0.1, within(1e-12));
        assertThat(report.rows().getFirst().task()).isEqualTo(Task.SUMMARIZATION);
    }

    @Test
    void whatASampleSaysIsScaledUpWithAnIntervalThatHoldsTheTruth() {
        int held = 0;
        for (int seed = 0; seed < 100; seed++) {
            Tally tally = new Tally(PRICES, 200, seed);
            Random random = new Random(1_000 + seed);
            int truth = 0;
            for (int i = 0; i < 5_000; i++) {
                boolean chat = random.nextInt(10) < 3;
                truth += chat ? 1 : 0;
                tally.add(call(chat ? "hello there" : "plan it", 10, 10), Task.NOT_RECOGNISED);
            }
            AuditReport report = AuditReport.of(
                    tally, c -> c.ask().startsWith("hello") ? Task.CHAT : Task.REASONING, 0.9, REDACTION, List.of());
            AuditReport.Row chat = report.rows().stream()
                    .filter(r -> r.task() == Task.CHAT)
                    .findFirst()
                    .orElseThrow();
            held += chat.low() <= truth && truth <= chat.high() ? 1 : 0;
            assertThat(report.rows().stream()
                            .mapToDouble(AuditReport.Row::calls)
                            .sum())
                    .isCloseTo(5_000, within(1e-6));
        }
        assertThat(held).isBetween(88, 100);
    }

    @Test
    void aSampleThatIsTheWholeNeedsNoInterval() {
        Tally tally = new Tally(PRICES, 100, 1);
        for (int i = 0; i < 20; i++) {
            tally.add(call("hello there", 10, 10), Task.NOT_RECOGNISED);
        }
        AuditReport report = AuditReport.of(tally, c -> Task.CHAT, 0.9, REDACTION, List.of());
        assertThat(report.rows().getFirst().low()).isEqualTo(20);
        assertThat(report.rows().getFirst().high()).isEqualTo(20);
        assertThat(report.localCalls()).isEqualTo(1);
    }

    @Test
    void unpricedCallsAreSaidAndNotCountedAsFree() {
        Tally tally = new Tally(Prices.NONE, 10, 1);
        tally.add(call("Summarize the report", 100, 50), Task.SUMMARIZATION);
        AuditReport report = AuditReport.of(tally, c -> Task.CHAT, Double.NaN, REDACTION, List.of());
        assertThat(report.unpriced()).isEqualTo(1);
        assertThat(new AuditPages(report).markdown())
                .contains("1 calls have no price")
                .doesNotContain("USD 0");
    }

    @Test
    void nothingOfAPromptButEverydayWordsReachesAPage() {
        String secret =
                "Summarize the report for Jane.Doe@example.org, key sk-abcdefghijklmnop1234, tag <script>alert(1)</script>";
        Tally tally = new Tally(PRICES, 10, 1);
        Call call = Call.of("evil|<b>\u202emodel", "", secret, secret, 10, 10, -1, Double.NaN);
        tally.add(call, Task.SUMMARIZATION);
        AuditPages pages = new AuditPages(
                AuditReport.of(tally, c -> Task.CHAT, 1, REDACTION, List.of("x.jsonl: <i>1</i> | lines")));
        for (String page : List.of(pages.markdown(), pages.html())) {
            assertThat(page)
                    .contains("summarize the report")
                    .doesNotContain("jane")
                    .doesNotContain("Jane")
                    .doesNotContain("sk-")
                    .doesNotContain("alert")
                    .doesNotContain("\u202e");
        }
        assertThat(pages.html()).doesNotContain("<b>").doesNotContain("<i>").contains("evil|&lt;b&gt;?model");
        assertThat(pages.markdown()).contains("evil\\|\\<b\\>?model").contains("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "my password: hunter22x; SECRET",
                "Authorization sk-abcdefghijklmnop1234; SECRET",
                "write to jane@example.org; PERSONAL",
                "card 4111 1111 1111 1111 please; PERSONAL",
                "order 4111 1111 1111 1112 please; OPEN",
                "call +41 44 668 18 00 now; PERSONAL",
                "IBAN DE89 3704 0044 0532 0130 00; PERSONAL",
                "ping 192.168.1.20; INTERNAL",
                "ping 8.8.8.8; OPEN",
                "strictly confidential; INTERNAL",
                "the bearing is hot; OPEN"
            })
    void sensitivityIsToldByForm(String text, Sensitivity expected) {
        assertThat(Sensitivity.of(text)).isEqualTo(expected);
    }

    @Test
    void complexityGrowsWithLengthAndWithWhatIsAsked() {
        assertThat(Complexity.of("What is it?", 20, 20)).isEqualTo(Complexity.SIMPLE);
        assertThat(Complexity.of("What is it?", 2_000, 20)).isEqualTo(Complexity.MODERATE);
        assertThat(Complexity.of("What is it?", 20, 5_000)).isEqualTo(Complexity.HARD);
        assertThat(Complexity.of("Weigh the trade-offs", 20, 20)).isEqualTo(Complexity.HARD);
        assertThat(Complexity.of("Who approved the order?", 20, 20)).isEqualTo(Complexity.SIMPLE);
    }

    @Test
    void everyTaskOfTheShippedFileIsKnownAndEveryKnownOneHasSamples() {
        Set<Task> named = ShippedRoutes.tasks().routes().stream()
                .map(route -> Task.of(route.name()))
                .collect(Collectors.toSet());
        assertThat(named).isEqualTo(EnumSet.complementOf(EnumSet.of(Task.NOT_RECOGNISED)));
        assertThat(Task.of(ShippedRoutes.tasks().fallback())).isEqualTo(Task.NOT_RECOGNISED);
    }
}
