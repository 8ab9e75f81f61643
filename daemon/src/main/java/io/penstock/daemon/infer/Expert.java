package io.penstock.daemon.infer;

import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.Urgency;

/**
 * A model that can be asked, wherever it runs.
 *
 * @param name what it is known by here: the manifest's name, or a peer's; unique among all that may be asked
 * @param sha256 of its weights; empty where they are not known before they answer
 * @param kind where it runs
 */
public record Expert(String name, String sha256, LanguageModel model, Kind kind) {
    /** Where a model runs, nearest first. */
    public enum Kind {
        /** In a process of this machine. */
        LOCAL,
        /** On another machine of the site. */
        STANDBY,
        /** Beyond the site. */
        SOVEREIGN
    }

    public Expert {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a model that can be asked needs a name");
        }
    }

    /** The same, asked with this urgency. */
    Expert at(Urgency urgency) {
        return new Expert(name, sha256, model.at(urgency), kind);
    }

    /** Whether both have the same weights: what one has answered the other need not be asked again. */
    boolean speaksFor(Expert other) {
        return !sha256.isEmpty() && sha256.equals(other.sha256);
    }
}
