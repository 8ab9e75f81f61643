package io.penstock.sensors.mqtt.payload;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.fhir.ucum.Component;
import org.fhir.ucum.Decimal;
import org.fhir.ucum.DefinedUnit;
import org.fhir.ucum.ExpressionParser;
import org.fhir.ucum.Pair;
import org.fhir.ucum.Symbol;
import org.fhir.ucum.Term;
import org.fhir.ucum.UcumEssenceService;
import org.fhir.ucum.UcumException;
import org.fhir.ucum.UcumService;
import org.jspecify.annotations.Nullable;

/**
 * Conversions between units of the Unified Code for Units of Measure (ucum.org), and some spellings that plants use
 * instead. Scales that are not linear, such as decibel and pH, are not converted. Pure.
 */
public final class Ucum {
    private static final int LONGEST = 40;
    private static final int DEEPEST = 8;
    // numbers of three digits, exponents of two: four exponents of 99 kept the library at work for minutes
    private static final Pattern LONG_NUMBER = Pattern.compile("[0-9]{3}|(?<=[*^\\]}'A-Za-z])[+-]?[0-9]{2}");
    private static final Map<String, String> SPELLINGS = Map.ofEntries(
            Map.entry("°C", "Cel"),
            Map.entry("℃", "Cel"),
            Map.entry("degC", "Cel"),
            Map.entry("°F", "[degF]"),
            Map.entry("degF", "[degF]"),
            Map.entry("rpm", "/min"),
            Map.entry("RPM", "/min"),
            Map.entry("r/min", "/min"),
            Map.entry("rev/min", "/min"),
            Map.entry("m/s²", "m/s2"),
            Map.entry("m/s^2", "m/s2"),
            Map.entry("m³/h", "m3/h"),
            Map.entry("m³/s", "m3/s"),
            Map.entry("µm", "um"),
            Map.entry("μm", "um"),
            Map.entry("psi", "[psi]"),
            Map.entry("ppm", "[ppm]"),
            Map.entry("VA", "V.A"),
            Map.entry("kVA", "kV.A"),
            Map.entry("Wh", "W.h"),
            Map.entry("kWh", "kW.h"),
            Map.entry("MWh", "MW.h"),
            // RFC 8428, 12.1: ratio and relative humidity
            Map.entry("/", "1"),
            Map.entry("%RH", "%"));

    private Ucum() {}

    /** {@code canonical = value * factor + offset}, in the base units of {@code dimension}. */
    private record Scale(String dimension, double factor, double offset) {}

    private static final Scale CELSIUS = new Scale("K", 1, 273.15);
    private static final Scale FAHRENHEIT = new Scale("K", 5 / 9.0, 459.67 * 5 / 9);

    /** The library's table takes a fifth of a second to read, so it is read when a first conversion is needed. */
    private static final class Table {
        private static final UcumEssenceService UNITS = read();

        private static UcumEssenceService read() {
            try (InputStream essence = UcumService.class.getResourceAsStream("/ucum-essence.xml")) {
                return new UcumEssenceService(essence);
            } catch (UcumException | IOException e) {
                throw new IllegalStateException("the UCUM table of the class path cannot be read: " + e, e);
            }
        }
    }

    /** Whether values of this unit can be converted at all. */
    public static boolean knows(String unit) {
        return scale(unit).isPresent();
    }

    /** @return empty when one of the two is not known, or they do not measure the same */
    public static Optional<UnitConversion> conversion(String from, String to) {
        if (from.equals(to)) {
            return Optional.of(UnitConversion.NONE);
        }
        Optional<UnitConversion> direct = between(scale(from), scale(to));
        if (direct.isPresent()) {
            return direct;
        }
        // vibration people write g for the acceleration of gravity; UCUM's g is the gram
        if (to.equals("g")) {
            return between(scale(from), scale("[g]"));
        }
        return from.equals("g") ? between(scale("[g]"), scale(to)) : Optional.empty();
    }

    private static Optional<UnitConversion> between(Optional<Scale> from, Optional<Scale> to) {
        if (from.isEmpty()
                || to.isEmpty()
                || !from.get().dimension().equals(to.get().dimension())) {
            return Optional.empty();
        }
        Scale source = from.get();
        Scale target = to.get();
        return Optional.of(new UnitConversion(
                source.factor() / target.factor(), (source.offset() - target.offset()) / target.factor()));
    }

    private static Optional<Scale> scale(String written) {
        String unit = SPELLINGS.getOrDefault(written, written);
        if (unit.equals("Cel")) {
            return Optional.of(CELSIUS);
        }
        if (unit.equals("[degF]")) {
            return Optional.of(FAHRENHEIT);
        }
        if (unit.isBlank()
                || unit.length() > LONGEST
                || LONG_NUMBER.matcher(unit).find()
                || unit.chars().filter(c -> c == '(').count() > DEEPEST) {
            return Optional.empty();
        }
        // the library says nowhere that its parts may be used by two threads; a conversion is reckoned once
        synchronized (Table.class) {
            return proportional(unit);
        }
    }

    private static Optional<Scale> proportional(String unit) {
        try {
            if (hasSpecialUnit(new ExpressionParser(Table.UNITS.getModel()).parse(unit))) {
                return Optional.empty();
            }
            Pair canonical = Table.UNITS.getCanonicalForm(new Pair(new Decimal("1", 24), unit));
            double factor = Double.parseDouble(canonical.getValue().asDecimal());
            return factor > 0 && Double.isFinite(factor)
                    ? Optional.of(new Scale(canonical.getCode(), factor, 0))
                    : Optional.empty();
        } catch (UcumException | RuntimeException e) {
            // no unit: the library says so in either way
            return Optional.empty();
        }
    }

    /** The library takes decibel and the like for plain factors. */
    private static boolean hasSpecialUnit(@Nullable Component part) {
        return switch (part) {
            case null -> false;
            case Term term -> hasSpecialUnit(term.getComp()) || hasSpecialUnit(term.getTerm());
            case Symbol symbol -> symbol.getUnit() instanceof DefinedUnit unit && unit.isSpecial();
            default -> false;
        };
    }
}
