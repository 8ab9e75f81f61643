package io.penstock.daemon.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sentences that try to carry past the check what no evidence says. */
class ClaimsTest {
    private final SymptomMatrix francis;
    private final Claims claims;

    ClaimsTest() throws MatrixRefused {
        francis = ShippedMatrices.of("hydro_francis");
        CaseRecord outer = Evidence.record(
                francis, Evidence.lines("bearing_outer_lines", "kurtosis_high", "bearing_temperature_high"));
        claims = new Claims(outer, francis);
    }

    private List<String> read(String summary) {
        String json = "{\"fault\": \"bearing outer race\", \"because\": [1], \"summary\": \"" + summary + "\"}";
        return Explanation.read(json, List.of("bearing outer race"), record()).sentences();
    }

    private CaseRecord record() {
        return Evidence.record(francis, Evidence.lines("bearing_outer_lines"));
    }

    private void assertDropped(String summary) {
        assertThat(read(summary))
                .isNotEmpty()
                .allSatisfy(sentence -> assertThat(claims.objection(sentence, "bearing_outer_race"))
                        .isPresent());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature rose by fifteen at once.",
                "The kurtosis is twice the healthy value.",
                "The kurtosis is fourfold the healthy value.",
                "The temperature has quadrupled at the bearing.",
                "The kurtosis has halved at the bearing.",
                "The kurtosis rose by one percent at once.",
                "The temperature is one degree above its limit.",
                "The bearing is in zone iv of the standard.",
                "The vibration of the bearing is in zone A of the standard.",
                "The bearing temperature is minus 81.4 Cel now.",
                "The kurtosis was high on Monday and yesterday.",
                "The kurtosis has been high since January at the bearing.",
                "The kurtosis has been high for several hours at the bearing.",
                "The kurtosis is billions of times too high.",
                "The kurtosis is two-thirds too high.",
                "The bearing temperature is eightyone now.",
            })
    void aNumberThatHidesInWordsIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature is 81.4 Fahrenheit now.",
                "The bearing temperature is 81.4 degrees Fahrenheit now.",
                "The bearing temperature is 81.4 kelvin now.",
                "The bearing temperature is 81.4 hertz now.",
                "The bearing temperature is 81.4 psi at the limit.",
                "The bearing temperature is 81.4 years old now.",
                "Kurtosis of 8.31 inches is high at the bearing.",
            })
    void aNumberOfTheEvidenceInAnotherUnitIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature is \u096e\u0967 Cel and high now.",
                "The bearing temperature is 81.4\u00b2 Cel and high now.",
                "The bearing temperature is 75\u00bd Cel and high now.",
                "The bearing temperature is \u2162 times too high now.",
                "The bearing temperature is \uff11\uff12 Cel and high now.",
                "The bearing temperature is \u221275 Cel and high now.",
                "The bearing temperature is 7*5 Cel and high now.",
                "The bearing temperature is <75 Cel and high now.",
                "The kurtosis isn\u2019t high at the bearing.",
                "The kurtosis isnt high at the bearing.",
            })
    void whatCleaningWouldTurnIntoAnotherClaimIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing is in a healthy state today.",
                "The bearing temperature is within its normal range.",
                "The bearing temperature shows usual values.",
                "The outer race is damage-free at the bearing.",
                "The bearing is free of damage.",
                "The outer race hardly shows anything.",
                "The bearing temperature is stable and unchanged.",
                "The damage of the outer race is negligible.",
                "The outer race can be ruled out here.",
                "The bearing temperature is acceptably high.",
                "The outer race is non-damaged at the bearing.",
            })
    void aDenialInOtherWordsIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature fell at once.",
                "The bearing temperature is declining now.",
                "The kurtosis shrank at the bearing.",
                "The bearing temperature is reduced now.",
            })
    void aFallThatNoEvidenceSaysIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The kurtosis at Marsyangdi is high as well.",
                "The bearing was made by Siemens and is damaged.",
                "The outer race suffers from contamination and debris.",
            })
    void aNameOrCauseThatNoEvidenceHasIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The operator is stopping the unit when kurtosis is high.",
                "The high kurtosis needs a shutdown of the unit.",
                "The outer race needs replacement after high kurtosis.",
            })
    void anOrderInAnotherFormIsDropped(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The damage of the outer race is serious.",
                "The failure of the outer race is imminent.",
                "The damage of the outer race is benign.",
            })
    void howBadItIsIsDroppedInOtherWords(String sentence) {
        assertDropped(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature is 81.4 \u00b0C, above its limit of 75 \u00b0C.",
                "The *kurtosis* is `high` at the bearing\u2019s outer race.",
                "The kurtosis is high compared to its healthy baseline.",
                "The healthy value was 55.2 degrees Celsius, and now the bearing temperature is high.",
                "The temperature rose to 81.37 degrees Celsius from 55.2 Cel.",
                "Kurtosis of 8.31 mm/s is 4.07 times the usual value on vibration_de.",
                "The lines of the Outer race stand out at 8.3 decibels.",
            })
    void whatTheEvidenceSaysIsKeptInOtherSpelling(String summary) {
        assertThat(read(summary))
                .isNotEmpty()
                .allSatisfy(sentence -> assertThat(claims.objection(sentence, "bearing_outer_race"))
                        .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The bearing temperature is 1.47 times the healthy value.",
                "The outer race lines are 4.07 times the healthy value.",
            })
    void aRatioOfDegreesOrDecibelsIsDropped(String sentence) {
        List<EvidenceLine> lines = Evidence.lines("bearing_outer_lines", "bearing_temperature_high");
        Claims scales = new Claims(Evidence.record(francis, lines), francis);

        assertThat(scales.objection(sentence, "bearing_outer_race")).isPresent();
    }
}
