package io.penstock.daemon.commission;

import io.penstock.daemon.detect.Commission;
import java.util.Locale;

/**
 * What an operator wants done with a machine's baselines. As text: one line, {@code penstock.baseline/1}, verb, asset and who asks,
 * with a tab between.
 *
 * @param by the name the asking command ran under; a claim, so it is logged beside the file's owner
 */
public record BaselineOrder(Commission verb, String asset, String by) implements Order {
    static final String FORMAT = "penstock.baseline/1";
    private static final int LONGEST = 200;

    public BaselineOrder {
        if (asset.isEmpty()
                || asset.length() > LONGEST
                || by.length() > LONGEST
                || !Order.isPlain(asset)
                || !Order.isPlain(by)) {
            throw new IllegalArgumentException("order for asset of " + asset.length() + " characters, expected 1 to "
                    + LONGEST + " and no control characters");
        }
    }

    @Override
    public String text() {
        return String.join("\t", FORMAT, verb.name().toLowerCase(Locale.ROOT), asset, by) + "\n";
    }

    /** @throws IllegalArgumentException when it is no such line */
    static BaselineOrder parse(String text) {
        String[] parts = text.strip().split("\t", -1);
        if (parts.length != 4 || !parts[0].equals(FORMAT)) {
            throw new IllegalArgumentException("it is no line of " + FORMAT + ", verb, asset and name");
        }
        for (Commission verb : Commission.values()) {
            if (verb.name().toLowerCase(Locale.ROOT).equals(parts[1])) {
                return new BaselineOrder(verb, parts[2], parts[3]);
            }
        }
        throw new IllegalArgumentException("its verb is none of learn, freeze, relearn");
    }
}
