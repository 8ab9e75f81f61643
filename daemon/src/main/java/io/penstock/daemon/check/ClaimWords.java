package io.penstock.daemon.check;

import java.util.Map;
import java.util.Set;

/** Words that a model's sentence may use only where the evidence bears them out, or never. All lower case. */
final class ClaimWords {
    /** Units a sentence may try to put behind a number. */
    static final Set<String> UNITS = words("""
            g mm/s cel c celsius degrees degree k f hz khz kw mw w a amps v kv volts % percent m mm m3/s l/s bar kpa mpa
            pa rpm /min db s ms second seconds minute minutes hour hours day days week weeks month months times x orders
            nm kg t""");

    /** Numbers that hide as words. */
    static final Set<String> NUMBER_WORDS = words("""
            zero two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty
            ninety hundred thousand million dozen double doubled triple tripled twofold tenfold half quarter""");

    /** Orders and words of severity: what to do stands in the symptom matrix, written by people; how bad it is, rules say. */
    static final Set<String> NOT_ITS_BUSINESS = words("""
            open close shut stop start trip reset set write bypass disable enable ignore override increase reduce restart
            switch turn call run replace must should please alarm warning advisory critical emergency severe harmless
            minor safe unsafe dangerous acceptable fine false cleared instruction instructions system assistant user
            password http https www""");

    /** What is measured and what a machine is made of: named only where the evidence names it. */
    static final Set<String> QUANTITIES = words("""
            temperature hot heat flow head pressure current voltage power speed level kurtosis crest oil winding gate
            acceleration velocity vibration frequency torque blade shaft modulated order orders bearing bearings stuck gap
            spike sensor sensors seal valve pump gearbox gear belt coupling impeller nozzle needle brush brushes stator
            rotor insulation transformer breaker noise water grease lubricant""");

    /** Words that claim something fell. */
    static final Set<String> LOW = words("""
            low lower drop drops dropped falling falls decreased decrease decreasing below""");

    /** Words that claim something rose. */
    static final Set<String> HIGH = words("""
            high higher rise rises rising increased increasing elevated above exceeds exceeded""");

    /** Words that deny: what rules found is not the model's to take back. */
    static final Set<String> DENIALS = words("""
            no not never none nothing neither nor without cannot unlikely ok okay good intact undamaged""");

    /** Denials unless a value of the evidence follows. */
    static final Set<String> SOUND = words("healthy normal usual");

    /** What may follow those. */
    static final Set<String> MEASURES = words("value values level levels state baseline range limit");

    /** Words of fault codes that are ordinary words as well. */
    static final Set<String> PLAIN_CODE_WORDS = words("fault bearing flow high low");

    /** Words people use for a fault, by its code; under "" those no fault of ours goes by. */
    static final Map<String, Set<String>> SYNONYMS = Map.ofEntries(
            Map.entry("imbalance", words("imbalance unbalance unbalanced imbalanced")),
            Map.entry("misalignment", words("misalignment misaligned")),
            Map.entry("looseness", words("looseness loose loosened")),
            Map.entry("cavitation", words("cavitation cavitating cavitate")),
            Map.entry("overheating_lubrication", words("overheating overheated overheat lubrication lubricated")),
            Map.entry("electrical", words("electrical electric electrically")),
            Map.entry("flow_obstruction", words("obstruction obstructed blocked blockage clogged clogging")),
            Map.entry("leak", words("leak leaks leaking leakage")),
            Map.entry("bearing_outer_race", words("outer")),
            Map.entry("bearing_inner_race", words("inner")),
            Map.entry("bearing_ball", words("ball balls roller rollers")),
            Map.entry("bearing_cage", words("cage cages")),
            Map.entry(
                    "",
                    words(
                            "race races spalling crack cracked corrosion erosion worn wear resonance fatigue pitting rubbing explosion fire")));

    private ClaimWords() {}

    private static Set<String> words(String list) {
        return Set.of(list.trim().split("\\s+"));
    }
}
