package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.penstock.models.language.Completion;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.ModelManifest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrameTest {
    @Test
    void everyQuestionComesThroughAsItWas() throws IOException {
        for (Question question : List.of(
                new Question.Load(
                        1,
                        ModelManifest.Format.GGUF,
                        ModelManifest.Template.CHATML,
                        List.of("/a", "/b"),
                        List.of(new Question.AdapterFile("vib", "/v")),
                        "/n",
                        2048,
                        1,
                        2,
                        "do"),
                new Question.Score(2, "vib", new Prompt("do", "äöü\u0000\n", "ask"), List.of("a", "b"), 10),
                new Question.Complete(3, "", new Prompt("do", "this"), "root ::= \"a\"", 4, 10),
                new Question.Embed(4, "text"))) {
            assertThat(through(question, Question.class)).isEqualTo(question);
        }
    }

    @Test
    void everyAnswerComesThroughAsItWas() throws IOException {
        for (Answer answer : List.of(
                new Answer.Loaded(1, "CPU", 512, Map.of("vib", "wrong")),
                new Answer.Scored(2, List.of(-0.1234567890123, -99.0), 3, 2, 1),
                new Answer.Completed(3, "{}", 3, 2, 1, Completion.Stop.LENGTH, 5),
                new Answer.Failed(4, "why"),
                new Answer.Overdue(5))) {
            assertThat(through(answer, Answer.class)).isEqualTo(answer);
        }
        float[] vector = {0.1f, -1.1754944e-38f, 3.4e38f};
        assertThat(through(Answer.Embedded.of(6, vector), Answer.class))
                .isInstanceOfSatisfying(
                        Answer.Embedded.class,
                        embedded -> assertThat(embedded.vector()).containsExactly(vector));
    }

    @Test
    void theEndOfTheStreamIsNoFrame() throws IOException {
        assertThat(Frame.read(stream(new byte[0]), Answer.class)).isNull();
    }

    @Test
    void whatIsNoFrameIsRefused() {
        refused("Loading model...".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "something else writes");
        refused(new byte[] {'P', 2, 0, 0, 0, 0, 0, 0}, "something else writes");
        refused(new byte[] {'P', 1, 0, 0, 127, 0, 0, 0}, "are allowed");
        refused(new byte[] {'P', 1, 0, 0, -1, 0, 0, 0}, "are allowed");
        refused(new byte[] {'P', 1, 0, 0, 0, 0, 0, 9, '{'}, "ended inside a frame");
        assertThatIOException().isThrownBy(() -> Frame.read(stream(new byte[] {'P', 1, 0}), Answer.class));
    }

    @Test
    void aMessageOverTheBoundIsNotWritten() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatIOException()
                .isThrownBy(() -> Frame.write(out, new Question.Embed(1, "x".repeat(Frame.MAX_BYTES))))
                .withMessageContaining("at most");
        assertThat(out.size()).isZero();
    }

    private static void refused(byte[] bytes, String why) {
        assertThatIOException()
                .isThrownBy(() -> Frame.read(stream(bytes), Answer.class))
                .withMessageContaining(why);
    }

    private static <T> T through(T message, Class<T> type) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Frame.write(out, message);
        return java.util.Objects.requireNonNull(Frame.read(stream(out.toByteArray()), type));
    }

    private static DataInputStream stream(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
