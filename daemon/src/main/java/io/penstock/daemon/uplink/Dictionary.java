package io.penstock.daemon.uplink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Words both ends of the link know, so that a summary sends their places instead. A version's lists never change; a new version only
 * appends.
 *
 * @param version goes with every summary
 * @param faults by place
 * @param symptoms by place
 */
public record Dictionary(int version, List<String> faults, List<Symptom> symptoms) {
    /** Place that says: a word this version does not have. */
    static final int UNKNOWN_FAULT = 63;

    static final int MOST_SYMPTOMS = 256;

    /** The channel's own unit, which the site's asset file tells. */
    public static final String OWN_UNIT = "*";

    /**
     * @param name as in a case's evidence
     * @param unit UCUM, what its value is sent in; {@link #OWN_UNIT} for any other
     */
    public record Symptom(String name, String unit) {}

    public Dictionary {
        faults = List.copyOf(faults);
        symptoms = List.copyOf(symptoms);
        if (version < 1 || version > 255 || faults.size() > UNKNOWN_FAULT || symptoms.size() > MOST_SYMPTOMS) {
            throw new IllegalArgumentException("dictionary " + version + " has " + faults.size() + " faults and "
                    + symptoms.size() + " symptoms; at most " + UNKNOWN_FAULT + " and " + MOST_SYMPTOMS + " fit");
        }
    }

    /**
     * Reads {@code fault CODE} and {@code symptom NAME UNIT} lines; # begins a comment.
     *
     * @throws IllegalArgumentException for any other line, and for a word that is there twice
     */
    public static Dictionary parse(int version, String text) {
        Map<String, Integer> seen = new HashMap<>();
        List<String> faults = new ArrayList<>();
        List<Symptom> symptoms = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (line.isBlank() || words[0].startsWith("#")) {
                continue;
            }
            if (words[0].equals("fault") && words.length == 2) {
                faults.add(words[1]);
            } else if (words[0].equals("symptom") && words.length == 3) {
                symptoms.add(new Symptom(words[1], words[2]));
            } else {
                throw new IllegalArgumentException(
                        "dictionary line '" + line + "', expected: fault CODE, or: symptom NAME UNIT");
            }
            if (seen.put(String.join(" ", words), 1) != null) {
                throw new IllegalArgumentException("dictionary has " + String.join(" ", words) + " twice");
            }
        }
        return new Dictionary(version, faults, symptoms);
    }

    /** The newest one this version has. */
    public static Dictionary shipped() {
        try (InputStream in = Dictionary.class.getResourceAsStream("dictionary-1.txt")) {
            if (in == null) {
                throw new IllegalStateException("dictionary-1.txt is not in this build");
            }
            return parse(1, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("reading the program's own dictionary", e);
        }
    }

    int faultPlace(String code) {
        int place = faults.indexOf(code);
        return place < 0 ? UNKNOWN_FAULT : place;
    }

    String fault(int place) {
        return place < faults.size() ? faults.get(place) : "unknown";
    }

    /**
     * The place of a symptom in a unit, else of the symptom in the channel's own; empty where this version has neither: such a line
     * does not travel.
     */
    public Optional<Integer> symptomPlace(String name, String unit) {
        Optional<Integer> own = Optional.empty();
        for (int i = 0; i < symptoms.size(); i++) {
            Symptom symptom = symptoms.get(i);
            if (symptom.name().equals(name)) {
                if (symptom.unit().equals(unit)) {
                    return Optional.of(i);
                }
                own = symptom.unit().equals(OWN_UNIT) ? Optional.of(i) : own;
            }
        }
        return own;
    }

    @Nullable
    Symptom symptom(int place) {
        return place < symptoms.size() ? symptoms.get(place) : null;
    }
}
