package io.penstock.daemon.config;

import io.penstock.daemon.asset.VibrationZones;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tomlj.Toml;

/** The tables of vibration severity inside the product, {@code vibration-zones.toml}. A new table is an entry there. */
public final class ZoneTables {
    private static final String CHECK = "; copied from a secondary source, check it against the standard";

    private final Map<String, VibrationZones> tables;
    private final Map<String, Boolean> rollingBearings;

    private ZoneTables(Map<String, VibrationZones> tables, Map<String, Boolean> rollingBearings) {
        this.tables = tables;
        this.rollingBearings = rollingBearings;
    }

    /** Reads the product's own file. */
    public static ZoneTables shipped() {
        try (InputStream in = ZoneTables.class.getResourceAsStream("vibration-zones.toml")) {
            if (in == null) {
                throw new IllegalStateException("the product was built without vibration-zones.toml");
            }
            return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("vibration-zones.toml could not be read from the product", e);
        }
    }

    private static ZoneTables read(String text) {
        List<String> problems = new ArrayList<>();
        Section root = new Section(Toml.parse(text), "", problems);
        Map<String, VibrationZones> tables = new LinkedHashMap<>();
        Map<String, Boolean> rolling = new LinkedHashMap<>();
        tables.put(VibrationZones.NONE.name(), VibrationZones.NONE);
        rolling.put(VibrationZones.NONE.name(), true);
        for (Section s : root.sections("table")) {
            VibrationZones zones = new VibrationZones(
                    s.requiredText("name"),
                    s.requiredText("title"),
                    s.requiredNumber("zone_b", 0.01, 1_000),
                    s.requiredNumber("zone_c", 0.01, 1_000),
                    s.requiredNumber("zone_d", 0.01, 1_000),
                    s.requiredText("source") + CHECK);
            tables.put(zones.name(), zones);
            rolling.put(zones.name(), s.flag("rolling_bearings", true));
            s.done();
        }
        if (!problems.isEmpty()) {
            throw new IllegalStateException("vibration-zones.toml is broken: " + String.join("; ", problems));
        }
        return new ZoneTables(tables, rolling);
    }

    /** Their names, {@code none} first. */
    public List<String> names() {
        return List.copyOf(tables.keySet());
    }

    /**
     * The table of an asset, with what its reader must know.
     *
     * @param onRollingBearings whether the asset has rolling bearings
     * @throws IllegalArgumentException when there is none of that name
     */
    public VibrationZones of(String name, boolean onRollingBearings) {
        VibrationZones zones = tables.get(name);
        if (zones == null) {
            throw new IllegalArgumentException("no table \"" + name + "\"");
        }
        if (!onRollingBearings || Boolean.TRUE.equals(rollingBearings.get(name))) {
            return zones;
        }
        String outside = "this standard is not for rolling bearings";
        return new VibrationZones(
                zones.name(),
                zones.title() + " (" + outside + ")",
                zones.zoneB(),
                zones.zoneC(),
                zones.zoneD(),
                outside + "; " + zones.caveat());
    }
}
