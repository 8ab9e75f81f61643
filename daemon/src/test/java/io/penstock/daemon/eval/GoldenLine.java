package io.penstock.daemon.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Writes one case of a golden set, field by field in a fixed order, so that the same draw gives the same bytes. */
final class GoldenLine {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a slow quantity usually is: unit, healthy value, upper and lower limit, names of its channel at different sites. */
    private enum Quantity {
        BEARING_TEMPERATURE("Cel", 52, 75, 20, "bearing_temp_de", "TE-104", "brg_t_nde"),
        OIL_TEMPERATURE("Cel", 45, 65, 15, "oil_temp", "TE-110"),
        GEAR_OIL_TEMPERATURE("Cel", 55, 80, 15, "gearbox_oil_temp", "TE-131"),
        WINDING_TEMPERATURE("Cel", 85, 130, 20, "winding_temp_u", "TE-201"),
        AIR_TEMPERATURE("Cel", 35, 55, 0, "outlet_air_temp", "TE-210"),
        DRUM_TEMPERATURE("Cel", 30, 60, 0, "drum_temp", "TE-301"),
        BELT_TEMPERATURE("Cel", 30, 60, 0, "belt_temp", "TE-302"),
        AMBIENT_TEMPERATURE("Cel", 18, 40, -10, "hall_temp", "TE-001"),
        OIL_LEVEL("mm", 120, 160, 80, "oil_level", "LT-111"),
        LEVEL("m", 2.4, 3.1, 1.6, "forebay_level", "LT-001"),
        TAILWATER_LEVEL("m", 1.2, 2.0, 0.7, "tailwater_level", "LT-009"),
        HEAD("m", 46, 52, 41, "net_head", "PT-003"),
        OIL_PRESSURE("bar", 2.1, 3.0, 1.2, "oil_pressure", "PT-112"),
        PRESSURE("bar", 4.4, 5.2, 3.6, "pressure", "PT-101"),
        DISCHARGE_PRESSURE("bar", 6.1, 7.2, 5.0, "discharge_pressure", "PT-402"),
        SUCTION_PRESSURE("bar", 1.1, 1.6, 0.6, "suction_pressure", "PT-401"),
        FILTER_PRESSURE("Pa", 120, 250, 20, "filter_dp", "PDT-05"),
        PRESSURE_PULSATION("bar", 0.08, 0.25, 0, "draft_tube_pulsation", "PT-020"),
        OIL_FLOW("l/min", 6, 9, 4, "oil_flow", "FT-113"),
        AIR_FLOW("m3/s", 1.8, 2.6, 1.2, "air_flow", "FT-211"),
        FLOW("m3/s", 0.84, 1.02, 0.62, "flow", "FT-002", "q_turbine"),
        POWER("kW", 310, 345, 250, "active_power", "JT-001"),
        REACTIVE_POWER("kvar", 60, 120, -40, "reactive_power", "JT-002"),
        CURRENT("A", 410, 480, 300, "current_l1", "IT-001"),
        CURRENT_UNBALANCE("%", 1.5, 8, 0, "current_unbalance", "IT-009"),
        CURRENT_SIDEBAND("dB", -55, -40, -80, "rotor_bar_sideband", "IT-010"),
        EXCITATION_CURRENT("A", 4.2, 5.6, 2.8, "field_current", "IT-101"),
        EXCITATION_VOLTAGE("V", 58, 75, 40, "field_voltage", "ET-101"),
        VOLTAGE("V", 400, 424, 376, "voltage_l12", "ET-001"),
        FREQUENCY("Hz", 50, 51, 49, "frequency", "ST-002"),
        SPEED("/min", 750, 780, 720, "speed", "ST-001"),
        BELT_SPEED("m/s", 1.6, 1.75, 1.4, "belt_speed", "ST-301"),
        BELT_OFFSET("mm", 2, 25, -25, "belt_offset", "ZT-301"),
        SLIP("%", 1.2, 4, 0, "slip", "ST-310"),
        TORQUE("N.m", 900, 1250, 500, "torque", "WT-301"),
        GATE_OPENING("%", 62, 85, 30, "gate_opening", "ZT-001"),
        NEEDLE_OPENING("%", 55, 80, 30, "needle_1", "ZT-011"),
        HUMIDITY("%", 55, 85, 10, "humidity", "MT-001");

        final String unit;
        final double healthy;
        final double high;
        final double low;
        final List<String> channels;

        Quantity(String unit, double healthy, double high, double low, String... channels) {
            this.unit = unit;
            this.healthy = healthy;
            this.high = high;
            this.low = low;
            this.channels = List.of(channels);
        }

        static Quantity of(String symptom) {
            return valueOf(symptom.replaceAll("_(high|low)$", "").toUpperCase(Locale.ROOT));
        }
    }

    private final ObjectNode root = JSON.createObjectNode();
    private final ArrayNode findings = JSON.createArrayNode();

    GoldenLine(
            String id,
            String kind,
            String group,
            GoldenCase.Half half,
            String family,
            List<String> causes,
            List<String> accept,
            List<String> mustNot,
            String note) {
        root.put("schema", GoldenReader.SCHEMA).put("id", id).put("kind", kind).put("group", group);
        root.put("half", half.name().toLowerCase(Locale.ROOT)).put("family", family);
        causes.forEach(root.putArray("causes")::add);
        accept.forEach(root.putArray("accept")::add);
        mustNot.forEach(root.putArray("must_not")::add);
        if (!note.isEmpty()) {
            root.put("note", note);
        }
        root.set("findings", findings);
    }

    /** A slow quantity beyond its limit, found by the limit, the channel's chart or the learned state. */
    GoldenLine slow(String symptom, double strength, double at, Random random) {
        Quantity quantity = Quantity.of(symptom);
        boolean high = symptom.endsWith("_high");
        double span = high ? quantity.high - quantity.healthy : quantity.healthy - quantity.low;
        double beyond = span * (0.05 + 1.2 * Math.max(0, strength - 0.5)) * (0.8 + 0.4 * random.nextDouble());
        double value = high ? quantity.high + beyond : quantity.low - beyond;
        int by = random.nextInt(10);
        ObjectNode node = finding(
                        quantity.channels.get(random.nextInt(quantity.channels.size())), symptom, strength, at)
                .put("value", rounded(value))
                .put("unit", quantity.unit);
        if (by < 6) {
            node.put("limit", rounded(high ? quantity.high : quantity.low)).put("limit_source", "operating manual");
        } else {
            node.put("tier", by < 8 ? "chart" : "state");
            if (by >= 8) {
                node.put("share", rounded(0.35 + 0.5 * random.nextDouble()));
            }
        }
        if (random.nextInt(3) > 0) {
            node.put("baseline", rounded(quantity.healthy * (0.96 + 0.08 * random.nextDouble())));
        }
        return this;
    }

    /** Something read from a waveform. */
    GoldenLine vibration(String symptom, String location, double strength, double at, Random random) {
        boolean lines = symptom.startsWith("bearing_") || symptom.startsWith("gear_");
        ObjectNode node = finding(location.equals("NDE") ? "vib_nde" : "vib_de", symptom, strength, at);
        if (lines) {
            node.put("location", location).put("value", rounded(7 + 16 * strength + 2 * random.nextDouble()));
            return unit(node, "dB");
        }
        double healthy;
        double limit;
        String unit;
        switch (symptom) {
            case "velocity_rms_high" -> {
                healthy = 1.1;
                limit = 2.8;
                unit = "mm/s";
                node.put("limit", limit).put("limit_source", "ISO 20816-3 zone C");
            }
            case "acceleration_rms_high", "high_band_high" -> {
                healthy = 0.12;
                limit = 0.3;
                unit = "g";
            }
            case "kurtosis_high" -> {
                healthy = 3.1;
                limit = 4.5;
                unit = "1";
            }
            case "crest_high" -> {
                healthy = 4.1;
                limit = 6;
                unit = "1";
            }
            default -> {
                healthy = 0.4;
                limit = 1.1;
                unit = symptom.equals("blade_pass_modulation") ? "1" : "mm/s";
            }
        }
        double value = limit * (1 + 1.6 * Math.max(0, strength - 0.5) * (0.7 + 0.6 * random.nextDouble()));
        node.put("value", rounded(value)).put("baseline", rounded(healthy * (0.9 + 0.2 * random.nextDouble())));
        return unit(node, unit);
    }

    /** A finding about a sensor. */
    GoldenLine sensor(String symptom, String channel, double strength, double at) {
        finding(channel, symptom, strength, at);
        return this;
    }

    /** A finding without a quantity: of the whole machine, or a passing one. */
    GoldenLine bare(String symptom, @Nullable String channel, String severity, double strength, double at) {
        finding(channel, symptom, strength, at).put("severity", severity);
        return this;
    }

    /** The newest finding is worse or better than its strength says. */
    GoldenLine severity(String severity) {
        return newest("severity", severity);
    }

    /** The newest finding was made by another detector. */
    GoldenLine tier(String tier) {
        return newest("tier", tier);
    }

    /** The newest finding stands on another channel. */
    GoldenLine on(String channel) {
        return newest("channel", channel);
    }

    /** The newest finding rests on doubtful data. */
    GoldenLine quality(String quality) {
        return newest("quality", quality);
    }

    /** The newest finding is over again. */
    GoldenLine ended(double at) {
        findings.add(newest().deepCopy().put("active", false).put("at", at));
        return this;
    }

    private GoldenLine newest(String key, String value) {
        newest().put(key, value);
        return this;
    }

    private ObjectNode newest() {
        return (ObjectNode) findings.get(findings.size() - 1);
    }

    private ObjectNode finding(@Nullable String channel, String symptom, double strength, double at) {
        double bounded = rounded(Math.clamp(strength, 0.05, 1));
        ObjectNode node = findings.addObject();
        if (channel != null) {
            node.put("channel", channel);
        }
        return node.put("symptom", symptom)
                .put("at", rounded(at))
                .put("severity", bounded < 0.6 ? "advisory" : bounded < 0.88 ? "warning" : "alarm")
                .put("strength", bounded);
    }

    private GoldenLine unit(ObjectNode node, String unit) {
        node.put("unit", unit);
        return this;
    }

    /** Three significant digits, two decimals at most. */
    private static double rounded(double value) {
        double size = Math.abs(value);
        double step = size >= 100 ? 1 : size >= 10 ? 0.1 : size >= 0.5 ? 0.01 : 0.001;
        return Math.rint(value / step) / Math.rint(1 / step);
    }

    @Override
    public String toString() {
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
