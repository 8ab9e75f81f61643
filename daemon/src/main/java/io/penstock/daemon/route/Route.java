package io.penstock.daemon.route;

import com.google.re2j.Pattern;
import java.util.List;

/**
 * One place a text may go.
 *
 * @param name unique in a routes file
 * @param samples texts that belong here, in the words of those who will write
 * @param patterns found anywhere in a text, they send it here without a model; RE2 syntax, so matching takes linear time and a
 *     routes file cannot hang the gateway
 * @param model role or manifest name of the model that answers; empty where rules alone do
 */
public record Route(String name, List<String> samples, List<Pattern> patterns, String model) {
    public Route {
        samples = List.copyOf(samples);
        patterns = List.copyOf(patterns);
        if (name.isBlank()) {
            throw new IllegalArgumentException("a route needs a name");
        }
        if (samples.isEmpty() && patterns.isEmpty()) {
            throw new IllegalArgumentException(
                    "route " + name + " has neither samples nor patterns: nothing can go there");
        }
    }
}
