package io.penstock.daemon.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A text that is part of the product, such as an example of a configuration. */
final class ShippedText {
    private ShippedText() {}

    /** @param resource below {@code io/penstock/daemon} */
    static String of(String resource) throws IOException {
        try (InputStream in = ShippedText.class.getResourceAsStream("/io/penstock/daemon/" + resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
