package io.penstock.daemon.config;

import io.penstock.daemon.audit.Prices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads a price list: {@code currency}, and {@code [[price]]} tables of model, input_per_million, output_per_million. */
public final class PricesFile {
    private static final double DEAREST = 1e9;

    private PricesFile() {}

    /**
     * @throws ConfigWrong with every problem of the file
     * @throws IOException when it cannot be read
     */
    public static Prices read(Path file) throws ConfigWrong, IOException {
        List<String> problems = new ArrayList<>();
        TomlParseResult toml = Toml.parse(Files.readString(file));
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        String currency = root.text("currency", "USD");
        List<Prices.Price> prices = new ArrayList<>();
        for (Section price : root.sections("price")) {
            prices.add(new Prices.Price(
                    price.requiredText("model"),
                    price.requiredNumber("input_per_million", 0, DEAREST),
                    price.requiredNumber("output_per_million", 0, DEAREST)));
            price.done();
        }
        if (prices.isEmpty() && problems.isEmpty()) {
            problems.add("[[price]]: missing, expected at least one table");
        }
        root.done();
        if (!problems.isEmpty()) {
            throw new ConfigWrong(file, problems);
        }
        return new Prices(currency, prices);
    }
}
