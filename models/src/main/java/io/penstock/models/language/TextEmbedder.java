package io.penstock.models.language;

import java.time.Duration;

/** Turns a text into a vector of unit length whose cosine with another tells how near they are in meaning. */
public interface TextEmbedder extends AutoCloseable {
    /** The text's vector, L2-normalised; texts longer than the model reads are cut at its limit. */
    float[] embed(String text, Duration deadline) throws ModelUnavailable;

    @Override
    void close();
}
