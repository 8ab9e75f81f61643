package io.penstock.models.worker;

import io.penstock.models.store.InstalledModel;

/**
 * A LoRA adapter of a worker's model: small matrices that are added to the base's for one kind of question.
 *
 * @param name what a question names it by
 * @param installed its file, with the checksum it must have
 */
public record Adapter(String name, InstalledModel installed) {
    /** The base alone. */
    static final String NONE = "";

    public Adapter {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an adapter needs a name");
        }
    }
}
