package io.penstock.daemon.check;

import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.EvidenceText;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SafeName;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.cases.SymptomWords;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.prompt.PointNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the evidence of one case lets a sentence say. Whatever looks like a number, a tag, a quantity or a fault must stand in the
 * evidence; orders and words of severity stand in none. Dropping a true sentence costs little, keeping an invented one costs trust, so
 * in doubt a sentence is dropped.
 */
final class Claims {
    private static final Pattern NUMBER = Pattern.compile("([+-]?\\d{1,12}(?:\\.\\d{1,9})?(?:[eE][+-]?\\d{1,3})?)(.*)");
    private static final Pattern REFERENCE = Pattern.compile("\\[(\\d{1,3})]");
    private static final Pattern ORDER = Pattern.compile("([1-3])x");

    private record Value(double number, Set<String> units) {}

    private final Set<Integer> numbers = new HashSet<>();
    private final Set<String> tags = new HashSet<>();
    private final Set<String> units = new HashSet<>();
    private final Set<String> words = new HashSet<>();
    private final Set<String> faultWords = new HashSet<>();
    private final List<Value> values = new ArrayList<>();
    private final Set<String> symptomWords = new HashSet<>();
    private final Directions directions;
    private boolean anyLow;
    private boolean anyHigh;

    Claims(CaseRecord record, SymptomMatrix matrix) {
        directions = new Directions(record);
        tag(record.asset());
        tags.addAll(PointNames.of(record).all());
        for (EvidenceLine line : record.evidence()) {
            numbers.add(line.number());
            String channel = line.channel();
            if (channel != null) {
                tag(channel);
                tags.add(SafeName.forModel(record.asset()) + "/" + SafeName.forModel(channel));
            }
            String location = line.location();
            if (location != null) {
                tag(location);
            }
            tags.add(line.symptom());
            wordsOf(line.symptom());
            wordsOf(SymptomWords.spoken(line.symptom()));
            values(line);
            if (line.tier() == Finding.Tier.VIBRATION) {
                words.add("vibration");
            }
            anyLow |= line.symptom().endsWith("_low");
            anyHigh |= !line.symptom().endsWith("_low") && !SymptomWords.ofSensor(line.symptom());
        }
        symptomWords.addAll(words);
        for (Fault fault : matrix.faults()) {
            faultWords.addAll(Arrays.asList(fault.code().split("_")));
        }
        ClaimWords.SYNONYMS.values().forEach(faultWords::addAll);
        faultWords.removeAll(ClaimWords.PLAIN_CODE_WORDS);
        for (Candidate candidate : record.candidates()) {
            tags.add(candidate.fault());
            wordsOf(candidate.fault());
            words.addAll(ClaimWords.SYNONYMS.getOrDefault(candidate.fault(), Set.of()));
        }
    }

    private void tag(String name) {
        String clean = SafeName.forModel(name);
        Matcher number = NUMBER.matcher(clean);
        String lower = clean.toLowerCase(Locale.ROOT);
        // a channel named "74", "ninety" or "stop" must not let a number or an order through
        boolean numeric = ClaimWords.NUMBER_WORDS.contains(lower)
                || (number.matches()
                        && (number.group(2).isEmpty() || isUnit(number.group(2).toLowerCase(Locale.ROOT))));
        if (!numeric && !ClaimWords.NOT_ITS_BUSINESS.contains(lower)) {
            tags.add(clean);
        }
    }

    private void wordsOf(String text) {
        words.addAll(Arrays.asList(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+")));
    }

    private void values(EvidenceLine line) {
        Set<String> unit = spelt(line.unit());
        units.addAll(unit);
        for (double number :
                new double[] {line.value(), line.limit(), line.baseline(), Math.abs(line.value() - line.baseline())}) {
            if (Double.isFinite(number)) {
                values.add(new Value(number, unit));
            }
        }
        double ratio = line.value() / line.baseline();
        // a temperature or a level in decibels has no zero to be a multiple of
        boolean multiple = !unit.contains("celsius")
                && !unit.contains("db")
                && !line.unit().equals("[degF]");
        if (multiple && Double.isFinite(ratio)) {
            values.add(new Value(ratio, Set.of("times")));
        }
        if (line.share() > 0 && line.share() < 0.995) {
            values.add(new Value(100 * line.share(), Set.of("%", "percent")));
        }
    }

    private static Set<String> spelt(String unit) {
        String clean = SafeName.forModel(EvidenceText.unit(unit)).toLowerCase(Locale.ROOT);
        return switch (clean) {
            case "c" -> Set.of("cel", "c", "celsius", "degrees", "degree");
            case "%" -> Set.of("%", "percent");
            case "rpm" -> Set.of("/min", "rpm");
            case "a" -> Set.of("a", "amps", "ampere", "amperes");
            case "v" -> Set.of("v", "volt", "volts");
            case "kv" -> Set.of("kv", "kilovolt", "kilovolts");
            case "w" -> Set.of("w", "watt", "watts");
            case "kw" -> Set.of("kw", "kilowatt", "kilowatts");
            case "mw" -> Set.of("mw", "megawatt", "megawatts");
            case "hz" -> Set.of("hz", "hertz");
            case "bar" -> Set.of("bar", "bars");
            case "db" -> Set.of("db", "decibel", "decibels");
            case "m" -> Set.of("m", "metre", "metres", "meter", "meters");
            case "mm" -> Set.of("mm", "millimetre", "millimetres", "millimeter", "millimeters");
            case "s" -> Set.of("s", "second", "seconds");
            case "_" -> Set.of();
            default -> Set.of(clean);
        };
    }

    /**
     * Why the sentence must be dropped; empty when everything in it stands in the evidence.
     *
     * @param fault code of the fault it is to explain
     */
    Optional<String> objection(String sentence, String fault) {
        Optional<String> unfounded = objection(sentence);
        if (unfounded.isPresent()) {
            return unfounded;
        }
        List<String> spoken = Arrays.stream(sentence.trim().split("\\s+"))
                .map(token -> bare(token).toLowerCase(Locale.ROOT))
                .toList();
        return directions.objection(spoken).or(() -> denial(spoken)).or(() -> otherFault(spoken, fault));
    }

    private static Optional<String> denial(List<String> spoken) {
        for (int i = 0; i < spoken.size(); i++) {
            String word = spoken.get(i);
            boolean sound = ClaimWords.SOUND.contains(word) && !isHeldAgainst(spoken, i);
            if (sound
                    || word.endsWith("n't")
                    || Arrays.stream(word.split("[^a-z]+")).anyMatch(ClaimWords.DENIALS::contains)) {
                return Optional.of("\"" + clip(word) + "\" denies what the rules found");
            }
        }
        return Optional.empty();
    }

    /** Whether a word like "usual" says what a value is held against, "above its usual value", or gives that: "healthy value 2.1". */
    private static boolean isHeldAgainst(List<String> spoken, int at) {
        int measure = at + 1;
        if (measure >= spoken.size() || !ClaimWords.MEASURES.contains(spoken.get(measure))) {
            return false;
        }
        int before = at - 1;
        while (before >= 0 && ClaimWords.JOINTS.contains(spoken.get(before))) {
            before--;
        }
        return before < 0
                ? spoken.stream().skip(measure).anyMatch(word -> word.chars().anyMatch(Claims::digit))
                : ClaimWords.COMPARISONS.contains(spoken.get(before));
    }

    /** A symptom may be called by a fault's word; a fault named beside the one to explain is an argument with itself. */
    private Optional<String> otherFault(List<String> spoken, String fault) {
        Set<String> own = ClaimWords.SYNONYMS.getOrDefault(fault, Set.of());
        Optional<String> other = ClaimWords.SYNONYMS.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(fault))
                .flatMap(entry -> entry.getValue().stream())
                .filter(word -> spoken.contains(word) && !symptomWords.contains(word) && !own.contains(word))
                .sorted()
                .findFirst();
        return other.isPresent() && spoken.stream().noneMatch(own::contains)
                ? Optional.of("\"" + other.get() + "\" is another fault than the one it explains")
                : Optional.empty();
    }

    /** As {@link #objection(String, String)}, of what stands in the evidence alone. */
    private Optional<String> objection(String sentence) {
        String[] tokens = sentence.trim().split("\\s+");
        if (tokens.length < 3 || tokens.length > 45) {
            return Optional.of(tokens.length + " words are no sentence");
        }
        int plain = 0;
        for (int i = 0; i < tokens.length; i++) {
            String token = bare(tokens[i]);
            String next = i + 1 < tokens.length ? bare(tokens[i + 1]) : "";
            String previous = i > 0 ? bare(tokens[i - 1]).toLowerCase(Locale.ROOT) : "";
            if (i > 1 && token.equals(bare(tokens[i - 1])) && token.equals(bare(tokens[i - 2]))) {
                return Optional.of("it repeats " + clip(token));
            }
            if (token.isEmpty() || tags.contains(token)) {
                continue;
            }
            Optional<String> objection = token.chars().anyMatch(Claims::digit) || token.endsWith("%")
                    ? numeric(token, previous, next)
                    : word(token, previous, next).or(() -> name(token, previous));
            if (objection.isPresent()) {
                return objection;
            }
            plain += token.chars().allMatch(c -> c >= 'a' && c <= 'z') ? 1 : 0;
        }
        return plain < 2 ? Optional.of("it has no words") : Optional.empty();
    }

    private Optional<String> numeric(String token, String previous, String next) {
        Matcher reference = REFERENCE.matcher(token);
        boolean named = previous.equals("evidence") || previous.equals("line") || previous.equals("lines");
        if (reference.matches() || (named && token.matches("\\d{1,3}"))) {
            int number = Integer.parseInt(reference.matches() ? reference.group(1) : token);
            return numbers.contains(number) ? Optional.empty() : Optional.of("evidence " + number + " does not exist");
        }
        Matcher order = ORDER.matcher(token);
        if (order.matches() && (words.contains("1x") || words.contains("2x") || words.contains("3x"))) {
            return words.contains(token) ? Optional.empty() : Optional.of("order " + token + " is not in the evidence");
        }
        if (units.contains(token.toLowerCase(Locale.ROOT)) && previous.chars().anyMatch(Claims::digit)) {
            return Optional.empty(); // m3/s behind its number
        }
        Matcher number = NUMBER.matcher(token);
        if (!number.matches()) {
            return Optional.of("tag " + clip(token) + " is not in the evidence");
        }
        String glued = number.group(2).toLowerCase(Locale.ROOT);
        String unit = !glued.isEmpty()
                ? glued
                : isUnit(next.toLowerCase(Locale.ROOT)) || units.contains(next.toLowerCase(Locale.ROOT))
                        ? next.toLowerCase(Locale.ROOT)
                        : "";
        if (!glued.isEmpty() && !isUnit(glued) && !units.contains(glued)) {
            return Optional.of("tag " + clip(token) + " is not in the evidence");
        }
        return stands(number.group(1), unit)
                ? Optional.empty()
                : Optional.of(
                        "number " + clip(token + (unit.equals(glued) ? "" : " " + unit)) + " is not in the evidence");
    }

    /** Rounding is no invention: half of the last digit shown, and never more than 2 % of the value. */
    private boolean stands(String shown, String unit) {
        double claimed = Double.parseDouble(shown);
        int point = shown.indexOf('.');
        int exponent = Math.max(shown.indexOf('e'), shown.indexOf('E'));
        double half;
        if (exponent >= 0) {
            half = Math.abs(claimed) * 0.005;
        } else {
            half = 0.5 * Math.pow(10, point < 0 ? 0 : -(shown.length() - point - 1.0));
        }
        for (Value value : values) {
            double off = Math.abs(claimed - value.number());
            boolean near = off <= half * (1 + 1e-9) && off <= 0.02 * Math.abs(value.number());
            if ((near || claimed == value.number())
                    && (unit.isEmpty() || value.units().contains(unit))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnit(String lower) {
        return ClaimWords.UNITS.contains(lower) || ClaimWords.UNIT_NAMES.contains(lower);
    }

    private Optional<String> word(String token, String previous, String next) {
        String lower = token.toLowerCase(Locale.ROOT);
        // behind a number a unit was looked at with it
        boolean counted = NUMBER.matcher(previous).matches();
        if ((units.contains(lower) && previous.chars().anyMatch(Claims::digit))
                || (counted && ClaimWords.UNIT_NAMES.contains(lower))) {
            return Optional.empty();
        }
        if (ClaimWords.ONE.contains(lower) && ClaimWords.UNIT_NAMES.contains(next.toLowerCase(Locale.ROOT))) {
            return Optional.of("number word " + lower + " " + clip(next));
        }
        if (ClaimWords.UNIT_NAMES.contains(lower) && !units.contains(lower)) {
            return Optional.of("unit " + lower + " is not in the evidence");
        }
        if (looksLikeTag(token)) {
            return Optional.of("tag " + clip(token) + " is not in the evidence");
        }
        for (String part : lower.split("[^a-z]+")) {
            if (words.contains(part)) {
                // a word of the evidence may still be an order or a direction
                if (ClaimWords.NOT_ITS_BUSINESS.contains(part)) {
                    return Optional.of("\"" + part + "\" is not the model's to say");
                }
                continue;
            }
            if (ClaimWords.NUMBER_WORDS.contains(part)
                    || ClaimWords.TENS.stream().anyMatch(part::startsWith)) {
                return Optional.of("number word " + part);
            }
            if (ClaimWords.NOT_ITS_BUSINESS.contains(part)) {
                return Optional.of("\"" + part + "\" is not the model's to say");
            }
            if (faultWords.contains(part)) {
                return Optional.of("fault word " + part + " is not among the candidates");
            }
            if (ClaimWords.QUANTITIES.contains(part)) {
                return Optional.of(part + " is not in the evidence");
            }
            if ((ClaimWords.LOW.contains(part) && !anyLow) || (ClaimWords.HIGH.contains(part) && !anyHigh)) {
                return Optional.of("\"" + part + "\" contradicts the evidence");
            }
        }
        return Optional.empty();
    }

    /** A capital amid a sentence is a name: of a plant, a maker, a person. */
    private Optional<String> name(String token, String previous) {
        String lower = token.toLowerCase(Locale.ROOT);
        boolean named = !previous.isEmpty()
                && token.length() > 1
                && token.charAt(0) >= 'A'
                && token.charAt(0) <= 'Z'
                && !lower.equals("evidence")
                && !units.contains(lower);
        for (String part : lower.split("[^a-z]+")) {
            named &= !words.contains(part);
        }
        return named ? Optional.of("name " + clip(token) + " is not in the evidence") : Optional.empty();
    }

    private static boolean looksLikeTag(String token) {
        if (token.equals("and/or")) {
            return false;
        }
        boolean odd = token.chars().anyMatch(c -> "_/\\@$&=+~^{}|<>[]\"".indexOf(c) >= 0)
                || token.substring(0, token.length() - 1).indexOf('.') >= 0
                || token.indexOf(':') >= 0;
        long capitals = token.chars().filter(c -> c >= 'A' && c <= 'Z').count();
        boolean shouting = capitals >= 2 || (capitals == 1 && !(token.charAt(0) >= 'A' && token.charAt(0) <= 'Z'));
        // a single letter beside "a" is a name or a unit without its number
        boolean letter = token.length() == 1 && !token.equals("a") && !token.equals("A") && !token.equals("-");
        return odd || shouting || letter || token.length() > 24;
    }

    private static String bare(String token) {
        return token.replaceAll("^[(\"',;:]+", "").replaceAll("[)\"',;:.!?]+$", "");
    }

    private static boolean digit(int c) {
        return c >= '0' && c <= '9';
    }

    private static String clip(String text) {
        return text.length() <= 40 ? text : text.substring(0, 37) + "...";
    }
}
