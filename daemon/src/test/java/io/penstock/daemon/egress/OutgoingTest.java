package io.penstock.daemon.egress;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.prompt.PointNames;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is left of a case when it leaves: allowed fields, and no name of the plant, whatever its names are. */
class OutgoingTest {
    private static final Set<EgressField> ALL = EnumSet.allOf(EgressField.class);

    private final SymptomMatrix pump = ShippedMatrices.of("centrifugal_pump");

    OutgoingTest() throws Exception {}

    /** A line with the plant's own words wherever there is room for them. */
    private static EvidenceLine line(int number, String symptom, String channel, String word, String unit) {
        return new EvidenceLine(
                number,
                channel,
                Finding.Tier.LIMIT,
                symptom,
                word + "-place",
                true,
                Evidence.T0,
                Evidence.T0,
                81.37,
                unit,
                75,
                word + "-source",
                55.2,
                Severity.ALARM,
                0.8,
                1,
                Quality.GOOD,
                4711);
    }

    private CaseRecord record(String asset, List<EvidenceLine> lines) {
        return new CaseRecord(
                asset + "-20261122T101530.123Z",
                asset,
                3,
                Evidence.T0,
                Evidence.T0,
                0,
                Severity.ALARM,
                lines,
                pump.rank(lines),
                asset + "/" + lines.getFirst().channel());
    }

    private Outgoing outgoing(CaseRecord record, Set<EgressField> fields) {
        return Outgoing.of(record, pump, fields).orElseThrow();
    }

    private static String all(Outgoing outgoing) {
        return outgoing.label() + "\n" + outgoing.labels() + "\n" + outgoing.explanation() + "\n" + outgoing.grammar()
                + "\n" + outgoing.schema();
    }

    @Test
    void noNameTimeOrPlaceOfThePlantLeavesWhateverTheNamesAre() {
        Random random = new Random(7);
        for (int run = 0; run < 300; run++) {
            List<String> words = new ArrayList<>();
            List<EvidenceLine> lines = new ArrayList<>();
            for (int i = 1; i <= 1 + random.nextInt(6); i++) {
                String word = word(random);
                words.add(word);
                // the site's own quantity names a symptom of its own
                lines.add(line(
                        i, "q" + word.toLowerCase(Locale.ROOT) + "_high", word + "/" + i, word, "{" + word + "}/h"));
                lines.add(line(i + 10, "bearing_temperature_high", word + "/" + i, word, "Cel"));
            }
            String asset = word(random);
            words.add(asset);
            Outgoing outgoing = outgoing(record(asset, lines), ALL);
            String left = all(outgoing).toLowerCase(Locale.ROOT);
            for (String word : words) {
                assertThat(left).doesNotContain(word.toLowerCase(Locale.ROOT));
            }
            assertThat(left).doesNotContain("2026", "1795342530", "4711", "55.2");
            assertThat(outgoing.aliases().keySet()).allMatch(alias -> alias.matches("P\\d"));
        }
    }

    private static String word(Random random) {
        String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
        StringBuilder word = new StringBuilder("zq");
        for (int i = 0; i < 6; i++) {
            word.append(letters.charAt(random.nextInt(letters.length())));
        }
        return word.toString();
    }

    @Test
    void theAllowedFieldsLeaveInTheProductsOwnWords() {
        Outgoing outgoing = outgoing(
                record("north-hall", List.of(line(1, "bearing_temperature_high", "TT-1042", "x", "Cel"))), ALL);
        assertThat(outgoing.label().question())
                .contains("[1] bearing temperature very high on \"P1\" (81.4 C, limit 75 C)")
                .contains("Machine: " + pump.name());
        assertThat(outgoing.aliases()).containsOnlyKeys("P1").containsEntry("P1", "TT-1042");
        assertThat(outgoing.schema().at("/properties/fault/enum")).hasSameSizeAs(outgoing.labels());
    }

    @Test
    void whatIsNotAllowedStaysHere() {
        List<EvidenceLine> lines = List.of(line(1, "bearing_temperature_high", "TT-1042", "x", "Cel"));
        assertThat(all(outgoing(record("a", lines), EnumSet.noneOf(EgressField.class))))
                .doesNotContain("81.4", "75 C", pump.name());
        assertThat(all(outgoing(record("a", lines), EnumSet.of(EgressField.VALUES))))
                .contains("81.4 C")
                .doesNotContain("75 C");
        assertThat(all(outgoing(record("a", lines), EnumSet.of(EgressField.LIMITS))))
                .doesNotContain("75 C");
    }

    @Test
    void aMatrixOfTheSitesOwnLeavesNothing() {
        SymptomMatrix own = new SymptomMatrix(
                pump.kind(), "Turbine of our valley", pump.speakingScore(), pump.tieMargin(), pump.faults());
        CaseRecord record = record("a", List.of(line(1, "bearing_temperature_high", "t", "x", "Cel")));
        assertThat(Outgoing.of(record, own, ALL)).isEmpty();
    }

    @Test
    void theNamesThatLeaveAreThoseAPromptAboutTheCaseItselfHas() {
        CaseRecord record = record(
                "a",
                List.of(
                        line(1, "bearing_temperature_high", "TT 1042\"", "x", "Cel"),
                        line(2, "velocity_rms_high", "VIB-7", "x", "mm/s"),
                        line(3, "bearing_temperature_high", "TT 1042\"", "x", "Cel")));
        PointNames names = PointNames.of(record);
        outgoing(record, ALL)
                .aliases()
                .forEach((alias, channel) -> assertThat(names.of(channel)).isEqualTo(alias));
        assertThat(outgoing(record, ALL).aliases()).hasSize(2);
    }
}
