package io.penstock.daemon.check;

import java.util.Map;
import java.util.Set;

/** Words that a model's sentence may use only where the evidence bears them out, or never. All lower case. */
final class ClaimWords {
    /** Units a sentence may try to put behind a number. */
    static final Set<String> UNITS = words("""
            g mm/s cel c celsius degrees degree k f hz khz kw mw w a amps v kv volts % percent m mm m3/s l/s bar kpa mpa
            pa rpm /min db s ms second seconds minute minutes hour hours day days week weeks month months times x orders
            nm kg t um cm km mv ma""");

    /** Units written out: words only where a value of the evidence has that unit, with a number or without. */
    static final Set<String> UNIT_NAMES = words("""
            celsius fahrenheit kelvin rankine degree degrees hertz kilohertz megahertz watt watts kilowatt kilowatts megawatt
            megawatts volt volts kilovolt kilovolts millivolts amp amps ampere amperes milliamps bars pascal pascals
            kilopascal kilopascals megapascals psi psig atm mbar torr inch inches mil mils ips micron microns micrometre
            micrometres micrometer micrometers millimetre millimetres millimeter millimeters metre metres meter meters
            feet litre litres liter liters gallon gallons gpm lpm cfm kmh mph knots newton newtons tonne tonnes kilogram
            kilograms pounds decibel decibels revolutions joule joules percent percentage seconds minute minutes hour
            hours day days week weeks month months year years decade decades""");

    /** Numbers that hide as words. */
    static final Set<String> NUMBER_WORDS = words("""
            zero nought nil two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
            seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand
            thousands million millions billion billions dozen dozens third thirds fourth fifth sixth seventh eighth ninth
            tenth twice thrice double doubled doubles doubling triple tripled triples tripling quadruple quadrupled twofold
            threefold fourfold fivefold sixfold sevenfold eightfold ninefold tenfold hundredfold half halved halves halving
            quarter quarters minus negative ii iii iv vi vii viii ix xi xii yesterday monday tuesday wednesday thursday
            friday saturday sunday january february april june july august september october november december""");

    /** Written together with the ones: eightyone. */
    static final Set<String> TENS = words("twenty thirty forty fifty sixty seventy eighty ninety");

    /** Before the name of a unit they are a number. */
    static final Set<String> ONE = words("one a an");

    /** Orders and words of severity: what to do stands in the symptom matrix, written by people; how bad it is, rules say. */
    static final Set<String> NOT_ITS_BUSINESS = words("""
            open close shut stop start trip reset set write bypass disable enable ignore override increase reduce restart
            switch turn call run replace must should please alarm warning advisory critical emergency severe harmless
            minor safe unsafe dangerous acceptable fine false cleared instruction instructions system assistant user
            password http https www stops stopped stopping shutdown shutting trips tripped tripping restarting bypassed
            bypassing replaced replacing replacement overriding overridden ignored ignoring disabled disabling shall ought
            alarms warnings critically severely severity dangerously safely acceptably urgent urgently
            serious seriously catastrophic danger hazard hazardous fatal imminent immediate immediately benign trivial
            moderate moderately mild mildly""");

    /** What is measured and what a machine is made of: named only where the evidence names it. */
    static final Set<String> QUANTITIES = words("""
            temperature hot heat flow head pressure current voltage power speed level kurtosis crest oil winding gate
            acceleration velocity vibration frequency torque blade shaft modulated order orders bearing bearings stuck gap
            spike sensor sensors seal valve pump gearbox gear belt coupling impeller nozzle needle brush brushes stator
            rotor insulation transformer breaker noise water grease lubricant zone zones""");

    /** Words that claim something fell. */
    static final Set<String> LOW = words("""
            low lower drop drops dropped falling falls fell fallen decreased decrease decreases decreasing declines declined
            declining reduced reduces reducing shrinks shrank shrunk sinks sank sinking dips dipped subsides subsided
            below""");

    /** Words that claim something rose. */
    static final Set<String> HIGH = words("""
            high higher rise rises rising rose risen increases increased increasing elevated climbs climbed climbing grows
            grew grown growing surges surged above exceed exceeds exceeded exceeding""");

    /** Words that deny: what rules found is not the model's to take back. */
    static final Set<String> DENIALS = words("""
            no not non never none nothing neither nor without cannot unlikely ok okay good intact undamaged isnt arent wasnt
            werent doesnt dont didnt cant couldnt wont wouldnt hasnt havent hardly barely scarcely absent lack lacks lacking
            free ruled excluded excludes unaffected unharmed unchanged stable steady constant nominal normally negligible
            insignificant unremarkable satisfactory adequate tolerable improbable impossible doubtful spurious mistaken
            dismissed flawless faultless""");

    /** Denials, unless they say what something is held against: above its usual value. */
    static final Set<String> SOUND = words("healthy normal usual");

    /** What may follow those. */
    static final Set<String> MEASURES = words("value values level levels state baseline range limit");

    /** What holds one thing against another. */
    static final Set<String> COMPARISONS = words("""
            above below than over times against exceed exceeds exceeded exceeding beyond outside from versus compared
            relative""");

    /** What may stand between a comparison and what it is with. */
    static final Set<String> JOINTS = words("the its a an their to with own learned");

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
                            "race races spalling crack cracked corrosion erosion worn wear resonance fatigue pitting rubbing explosion fire bent broken fracture fractured spalled contamination contaminated debris seized")));

    private ClaimWords() {}

    private static Set<String> words(String list) {
        return Set.of(list.trim().split("\\s+"));
    }
}
