package io.penstock.daemon.config;

import io.penstock.daemon.economics.EconomicsInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads what {@code penstock economics} reckons with. */
public final class EconomicsFile {
    private static final double HUGE = 1e15;

    private EconomicsFile() {}

    /**
     * @throws ConfigWrong with every problem of the file
     * @throws IOException when it cannot be read
     */
    public static EconomicsInputs read(Path file) throws ConfigWrong, IOException {
        return parse(Files.readString(file), file);
    }

    /** @param name what to call it in a problem */
    public static EconomicsInputs parse(String text, Path name) throws ConfigWrong {
        List<String> problems = new ArrayList<>();
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        EconomicsInputs inputs = inputs(root, problems);
        root.done();
        if (!problems.isEmpty() || inputs == null) {
            throw new ConfigWrong(name, problems);
        }
        return inputs;
    }

    private static @Nullable EconomicsInputs inputs(Section root, List<String> problems) {
        Section volume = root.section("volume");
        Section api = root.section("api");
        Section local = root.section("local");
        Section link = root.section("link");
        int before = problems.size();
        try {
            EconomicsInputs inputs = new EconomicsInputs(
                    root.text("currency", "USD"),
                    new EconomicsInputs.Volume(
                            volume.requiredNumber("documents_per_day", 1, HUGE),
                            volume.requiredNumber("input_tokens", 1, HUGE),
                            volume.requiredNumber("output_tokens", 0, HUGE),
                            volume.number("peak_factor", 1, 1, 1_000)),
                    new EconomicsInputs.Api(
                            api.requiredNumber("input_per_million", 0, HUGE),
                            api.requiredNumber("output_per_million", 0, HUGE),
                            api.optionalNumber("claimed_per_day", 0, HUGE)),
                    new EconomicsInputs.Local(
                            local.whole("machines", 1, 1, 1_000_000),
                            local.requiredNumber("price_per_machine", 0, HUGE),
                            local.number("lifetime_years", 3, 0.1, 100),
                            local.requiredNumber("watts_per_machine", 0, 1e6),
                            local.number("cooling_factor", 1, 1, 10),
                            local.requiredNumber("price_per_kwh", 0, HUGE),
                            local.number("upkeep_per_year", 0, 0, HUGE),
                            local.optionalNumber("input_tokens_per_second", 1e-6, HUGE),
                            local.optionalNumber("output_tokens_per_second", 1e-6, HUGE)),
                    new EconomicsInputs.Link(
                            link.number("bytes_per_document", 0, 0, HUGE),
                            link.number("price_per_megabyte", 0, 0, HUGE)));
            List.of(volume, api, local, link).forEach(Section::done);
            return inputs;
        } catch (IllegalArgumentException e) {
            if (problems.size() == before) {
                problems.add(String.valueOf(e.getMessage()));
            }
            return null;
        }
    }
}
