package io.penstock.daemon.audit;

import java.util.List;

/**
 * What models cost, where the log does not say.
 *
 * @param currency as it is printed
 * @param prices the first that fits a model's name counts
 */
public record Prices(String currency, List<Price> prices) {
    public static final Prices NONE = new Prices("USD", List.of());

    /**
     * @param model a model's name, or its start followed by {@code *}
     * @param inputPerMillion price of a million tokens read
     * @param outputPerMillion price of a million tokens written
     */
    public record Price(String model, double inputPerMillion, double outputPerMillion) {
        boolean fits(String name) {
            return model.endsWith("*") ? name.startsWith(model.substring(0, model.length() - 1)) : name.equals(model);
        }
    }

    public Prices {
        prices = List.copyOf(prices);
    }

    /** What a call cost: as the log says, else by the list; NaN where neither knows. */
    public double cost(Call call) {
        if (!Double.isNaN(call.cost())) {
            return call.cost();
        }
        for (Price price : prices) {
            if (price.fits(call.model())) {
                return (call.inputTokens() * price.inputPerMillion() + call.outputTokens() * price.outputPerMillion())
                        / 1e6;
            }
        }
        return Double.NaN;
    }
}
