package io.penstock.daemon.economics;

import java.util.OptionalDouble;

/**
 * What the comparison is made of. Money is in one currency, tokens are the model's own.
 *
 * @param currency as it is printed, {@code USD}
 */
public record EconomicsInputs(String currency, Volume volume, Api api, Local local, Link link) {
    /**
     * @param documentsPerDay texts that are answered in a day
     * @param inputTokens read for one
     * @param outputTokens written for one
     * @param peakFactor busiest hour over the day's average, 1 or more
     */
    public record Volume(double documentsPerDay, double inputTokens, double outputTokens, double peakFactor) {
        public Volume {
            positive("documents_per_day", documentsPerDay);
            positive("input_tokens", inputTokens);
            notNegative("output_tokens", outputTokens);
            if (!(peakFactor >= 1)) {
                throw new IllegalArgumentException("peak_factor is " + peakFactor + ", expected 1 or more");
            }
        }
    }

    /**
     * @param inputPerMillion price of a million tokens read
     * @param outputPerMillion price of a million tokens written
     * @param claimedPerDay what somebody says it costs a day, to be held against the arithmetic
     */
    public record Api(double inputPerMillion, double outputPerMillion, OptionalDouble claimedPerDay) {
        public Api {
            notNegative("input_per_million", inputPerMillion);
            notNegative("output_per_million", outputPerMillion);
        }
    }

    /**
     * @param machines how many are bought
     * @param pricePerMachine once, all parts
     * @param lifetimeYears after which a machine is worth nothing
     * @param wattsPerMachine drawn while working
     * @param coolingFactor drawn by the whole room over drawn by the machines, 1 or more (PUE, ISO/IEC 30134-2)
     * @param pricePerKwh of electricity
     * @param upkeepPerYear people, rooms and repairs of all machines together
     * @param inputTokensPerSecond one machine reads while it does nothing else, as measured; empty where nobody measured
     * @param outputTokensPerSecond one machine writes while it does nothing else, as measured; empty where nobody measured
     */
    public record Local(
            int machines,
            double pricePerMachine,
            double lifetimeYears,
            double wattsPerMachine,
            double coolingFactor,
            double pricePerKwh,
            double upkeepPerYear,
            OptionalDouble inputTokensPerSecond,
            OptionalDouble outputTokensPerSecond) {
        public Local {
            positive("machines", machines);
            notNegative("price_per_machine", pricePerMachine);
            positive("lifetime_years", lifetimeYears);
            notNegative("watts_per_machine", wattsPerMachine);
            notNegative("price_per_kwh", pricePerKwh);
            notNegative("upkeep_per_year", upkeepPerYear);
            if (!(coolingFactor >= 1)) {
                throw new IllegalArgumentException("cooling_factor is " + coolingFactor + ", expected 1 or more");
            }
            if (inputTokensPerSecond.isPresent() != outputTokensPerSecond.isPresent()) {
                throw new IllegalArgumentException(
                        "input_tokens_per_second and output_tokens_per_second go together, found only one");
            }
            inputTokensPerSecond.ifPresent(rate -> positive("input_tokens_per_second", rate));
            outputTokensPerSecond.ifPresent(rate -> positive("output_tokens_per_second", rate));
        }
    }

    /**
     * The line to the outside, which the API needs and local machines do not.
     *
     * @param bytesPerDocument both ways, headers included
     * @param pricePerMegabyte of 1,000,000 bytes
     */
    public record Link(double bytesPerDocument, double pricePerMegabyte) {
        public static final Link FREE = new Link(0, 0);

        public Link {
            notNegative("bytes_per_document", bytesPerDocument);
            notNegative("price_per_megabyte", pricePerMegabyte);
        }
    }

    private static void positive(String key, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(key + " is " + value + ", expected above 0");
        }
    }

    private static void notNegative(String key, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(key + " is " + value + ", expected 0 or more");
        }
    }
}
