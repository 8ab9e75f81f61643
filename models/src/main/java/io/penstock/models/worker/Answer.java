package io.penstock.models.worker;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.penstock.models.language.Completion;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** What the worker says; one frame each, with the id of its question. Of each question one, before it any number of {@link Writing}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Answer.Loaded.class, name = "loaded"),
    @JsonSubTypes.Type(value = Answer.Scored.class, name = "scored"),
    @JsonSubTypes.Type(value = Answer.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = Answer.Embedded.class, name = "embedded"),
    @JsonSubTypes.Type(value = Answer.Writing.class, name = "writing"),
    @JsonSubTypes.Type(value = Answer.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = Answer.Overdue.class, name = "overdue"),
})
sealed interface Answer {
    long id();

    /**
     * The model is ready.
     *
     * @param unusableAdapters why an adapter cannot be used, by its name; the others can
     */
    record Loaded(long id, String device, int contextTokens, Map<String, String> unusableAdapters) implements Answer {}

    /** One natural log-probability a label, in the order asked. */
    record Scored(long id, List<Double> logProbabilities, int promptTokens, int reusedTokens, long micros)
            implements Answer {}

    /** A written text. */
    record Completed(
            long id,
            String text,
            int promptTokens,
            int reusedTokens,
            int generatedTokens,
            Completion.Stop stop,
            long micros)
            implements Answer {}

    /**
     * A vector of unit length.
     *
     * @param numbers its floats of four bytes, big-endian: written as decimals they would cost both sides more processor time
     */
    record Embedded(long id, byte[] numbers) implements Answer {
        static Embedded of(long id, float[] vector) {
            ByteBuffer numbers = ByteBuffer.allocate(vector.length * Float.BYTES);
            numbers.asFloatBuffer().put(vector);
            return new Embedded(id, numbers.array());
        }

        float[] vector() {
            float[] vector = new float[numbers.length / Float.BYTES];
            ByteBuffer.wrap(numbers).asFloatBuffer().get(vector);
            return vector;
        }
    }

    /** Not an answer yet: since the last of these the writing of the text has gone on. */
    record Writing(long id) implements Answer {}

    /** The question cannot be answered; the worker goes on. */
    record Failed(long id, String message) implements Answer {}

    /** The work was stopped because its budget was used up; the worker goes on. */
    record Overdue(long id) implements Answer {}
}
