package io.penstock.daemon.eval;

import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.check.CheckedDiagnosis;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What everybody said of one golden case.
 *
 * @param opened whether the case room opened a case; where not, everybody's answer is {@code normal}
 * @param verdicts by contender; who was not there has none
 * @param checked the diagnosis with what was kept out of it; null where no case was opened
 * @param invented numbers of the diagnosis that stand nowhere in the evidence
 * @param explained whether the model wrote an explanation
 * @param rulesMicros from the findings to the rules' diagnosis
 * @param labelMicros the model took for its label; 0 where it gave none
 * @param explanationMicros the model took for its explanation; 0 where it gave none
 * @param absent why the model gave nothing; empty where it did, or was not asked
 */
public record CaseResult(
        GoldenCase golden,
        boolean opened,
        Map<Contender, Verdict> verdicts,
        @Nullable CheckedDiagnosis checked,
        List<String> invented,
        boolean explained,
        long rulesMicros,
        long labelMicros,
        long explanationMicros,
        String absent) {
    /**
     * An answer.
     *
     * @param answer a fault code, {@code unsure}, {@code normal}, or empty where none came
     * @param confidence 0..1 as its giver has it
     * @param guess the fault held likeliest where the answer is {@code unsure}; else the answer
     */
    public record Verdict(String answer, double confidence, String guess) {
        /** Whether it names something. */
        public boolean named() {
            return !answer.equals(Fault.UNSURE) && !answer.isEmpty();
        }
    }

    public CaseResult {
        verdicts = new EnumMap<>(verdicts);
        invented = List.copyOf(invented);
    }

    @Override
    public Map<Contender, Verdict> verdicts() {
        return java.util.Collections.unmodifiableMap(verdicts);
    }

    public Optional<Verdict> of(Contender contender) {
        return Optional.ofNullable(verdicts.get(contender));
    }

    /** Whether a contender's answer is one of those accepted. */
    public boolean right(Contender contender) {
        Verdict verdict = verdicts.get(contender);
        return verdict != null && golden.accept().contains(verdict.answer());
    }

    /** Whether a contender said what must not be said. */
    public boolean forbidden(Contender contender) {
        Verdict verdict = verdicts.get(contender);
        return verdict != null && golden.mustNot().contains(verdict.answer());
    }
}
