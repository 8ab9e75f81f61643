package io.penstock.daemon.cases;

import io.penstock.daemon.asset.Severity;
import io.penstock.sensors.reading.Quality;
import java.util.Locale;

/** Evidence in plain sentences: on the terminal, in the stored diagnosis and as what a model's words are checked against. */
public final class EvidenceText {
    private EvidenceText() {}

    /**
     * One line as one sentence: what, where, value, limit and its source, change against healthy, quality where it is not good, who
     * found it, and whether it has ended.
     */
    public static String sentence(EvidenceLine line) {
        StringBuilder text = new StringBuilder(capital(SymptomWords.spoken(line.symptom())));
        text.append(line.channel() == null ? " on the whole machine" : " on " + SafeName.forPeople(line.channel()));
        String location = line.location();
        if (location != null && !location.equals(line.channel())) {
            text.append(" at ").append(SafeName.forPeople(location));
        }
        if (Double.isFinite(line.value())) {
            text.append(": ").append(quantity(line.value(), line.unit()));
        }
        if (Double.isFinite(line.limit())) {
            text.append(", limit ").append(quantity(line.limit(), line.unit()));
            if (!line.limitSource().isBlank()) {
                text.append(" (").append(source(line.limitSource())).append(')');
            }
        }
        if (Double.isFinite(line.baseline())) {
            text.append(", healthy ")
                    .append(quantity(line.baseline(), line.unit()))
                    .append(change(line));
        }
        if (line.share() < 0.995 && line.share() > 0) {
            text.append(", ").append(number(100 * line.share(), 0)).append(" % of the change");
        }
        if (line.quality() != Quality.GOOD) {
            text.append(", data quality ").append(line.quality().name().toLowerCase(Locale.ROOT));
        }
        text.append("; ").append(foundBy(line));
        return text.append(line.active() ? "." : ", has ended.").toString();
    }

    /** A value with its unit, rounded as far as the unit makes sense: {@code 8.3 mm/s}, {@code 74.2 C}. */
    public static String quantity(double value, String unit) {
        String shown = unit(unit);
        return value(value, unit) + (shown.isEmpty() ? "" : " " + shown);
    }

    /** The number alone, rounded as in {@link #quantity}. */
    public static String value(double value, String unit) {
        if (!Double.isFinite(value)) {
            return "unknown";
        }
        double size = Math.abs(value);
        if (size >= 1e9 || (size > 0 && size < 5e-4)) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        int decimals = switch (unit) {
            case "/min", "1/min", "{rev}/min", "rpm" -> 0;
            case "Cel", "Hz", "dB", "%" -> 1;
            case "mm/s", "g", "m3/s", "1", "" -> size < 10 ? 2 : 1;
            default -> size >= 100 ? 0 : size >= 10 ? 1 : 2;
        };
        if (size < 0.1 && decimals < 4 && size > 0) {
            decimals = 4;
        }
        return number(value, decimals);
    }

    /** The severity as a person says it. */
    public static String spoken(Severity severity) {
        return switch (severity) {
            case ADVISORY -> "advisory";
            case WARNING -> "WARNING";
            case ALARM -> "ALARM";
        };
    }

    private static String change(EvidenceLine line) {
        double healthy = line.baseline();
        double ratio = line.value() / healthy;
        boolean scale = line.unit().equals("Cel")
                || line.unit().equals("dB")
                || healthy == 0
                || !Double.isFinite(ratio)
                || ratio <= 0;
        if (!Double.isFinite(line.value())) {
            return "";
        }
        if (scale || ratio < 1.5) {
            double difference = line.value() - healthy;
            return " (" + (difference >= 0 ? "+" : "-") + quantity(Math.abs(difference), line.unit()) + ")";
        }
        return " (" + number(ratio, ratio < 10 ? 1 : 0) + " times)";
    }

    /** Which tier spoke, in words. */
    public static String foundBy(EvidenceLine line) {
        return switch (line.tier()) {
            case VALIDITY -> "found by the sensor check";
            case LIMIT -> "found by limit";
            case CHART -> "found by the channel's own chart";
            case STATE -> "found against the learned healthy state";
            case ONSET -> "found as a sudden change";
            case VIBRATION -> "found in the vibration";
        };
    }

    /** A UCUM unit as people write it: {@code Cel} is C, {@code {rev}/min} is rpm, annotations in braces are left out. */
    public static String unit(String unit) {
        return switch (unit) {
            case "", "1" -> "";
            case "Cel" -> "C";
            case "/min", "1/min", "{rev}/min", "{revs}/min" -> "rpm";
            default -> {
                String plain = unit.replaceAll("\\{[^}]*}", "");
                yield plain.isEmpty() ? "" : SafeName.forPeople(plain);
            }
        };
    }

    /** A limit's source comes from a configuration file: words and punctuation stay, nothing else does. */
    private static String source(String source) {
        StringBuilder kept = new StringBuilder();
        source.codePoints()
                .limit(200)
                .forEach(c -> kept.appendCodePoint(
                        c == ' ' || ",;:()+-/._%".indexOf(c) >= 0 || Character.isLetterOrDigit(c) ? c : '_'));
        return kept.toString();
    }

    private static String number(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        // no trailing zeros after the point, and no minus before nothing
        if (text.indexOf('.') >= 0) {
            text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
        }
        return text.equals("-0") ? "0" : text;
    }

    private static String capital(String text) {
        return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
