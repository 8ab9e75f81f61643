package io.penstock.models.worker;

import io.penstock.models.llama.LlamaEngine;
import io.penstock.models.llama.LlamaFailure;
import io.penstock.models.llama.OverBudget;
import io.penstock.models.onnx.OnnxEmbedder;
import io.penstock.models.onnx.OnnxFailure;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The model's process. It loads what its first frame names and answers one question after the other. When its standard
 * input ends, its parent is gone or wants it gone, and it halts at once, even in the middle of an answer.
 */
public final class WorkerMain {
    private WorkerMain() {}

    /** Runs until standard input ends; takes no arguments. */
    public static void main(String[] args) throws IOException, InterruptedException {
        ProcessTies.dieWithParent();
        OutputStream frames = ProcessTies.claimStandardOutput();
        System.setOut(System.err);
        BlockingQueue<Question> questions = new LinkedBlockingQueue<>(64);
        Thread reader = new Thread(() -> read(questions), "frames");
        reader.setDaemon(true);
        reader.start();
        Question first = questions.take();
        if (!(first instanceof Question.Load load)) {
            System.err.println("the first frame is no load frame");
            Runtime.getRuntime().halt(2);
            return;
        }
        Engine engine = load(load, frames);
        while (true) {
            Frame.write(frames, answer(engine, questions.take()));
        }
    }

    private static void read(BlockingQueue<Question> questions) {
        try (DataInputStream in = new DataInputStream(System.in)) {
            for (Question question = Frame.read(in, Question.class);
                    question != null;
                    question = Frame.read(in, Question.class)) {
                questions.put(question);
            }
            Runtime.getRuntime().halt(0);
        } catch (IOException | InterruptedException | RuntimeException e) {
            System.err.println("reading frames: " + e);
            Runtime.getRuntime().halt(3);
        }
    }

    /** One line a backend: here is where a new format is plugged in. */
    private static Engine load(Question.Load load, OutputStream frames) throws IOException {
        try {
            Engine engine = switch (load.format()) {
                case GGUF ->
                    new Engine.Writes(LlamaEngine.load(
                            Path.of(load.files().getFirst()),
                            Path.of(load.natives()),
                            load.template(),
                            load.contextTokens(),
                            load.threads(),
                            load.threadsBatch()));
                case ONNX ->
                    new Engine.Embeds(OnnxEmbedder.load(
                            Path.of(load.files().getFirst()),
                            Path.of(load.files().getLast()),
                            Path.of(load.natives())));
                case NATIVES -> throw new LlamaFailure("shared libraries are no model");
            };
            Frame.write(frames, new Answer.Loaded(load.id(), engine.device(), engine.contextTokens()));
            return engine;
        } catch (LlamaFailure | OnnxFailure e) {
            Frame.write(frames, new Answer.Failed(load.id(), String.valueOf(e.getMessage())));
            Runtime.getRuntime().halt(4);
            throw new IllegalStateException("halted", e);
        }
    }

    private static Answer answer(Engine engine, Question question) {
        long start = System.nanoTime();
        try {
            return switch (question) {
                case Question.Score score -> {
                    LlamaEngine.Scores scores =
                            engine.llama().score(score.prompt(), score.labels(), budget(score.budgetMillis()));
                    yield new Answer.Scored(
                            score.id(),
                            scores.logProbabilities(),
                            scores.promptTokens(),
                            scores.reusedTokens(),
                            micros(start));
                }
                case Question.Complete complete -> {
                    LlamaEngine.Text text = engine.llama()
                            .complete(
                                    complete.prompt(),
                                    complete.grammar(),
                                    complete.maxTokens(),
                                    budget(complete.budgetMillis()));
                    yield new Answer.Completed(
                            complete.id(),
                            text.text(),
                            text.promptTokens(),
                            text.reusedTokens(),
                            text.generatedTokens(),
                            text.stop(),
                            micros(start));
                }
                case Question.Embed embed ->
                    new Answer.Embedded(embed.id(), engine.onnx().embed(embed.text()));
                case Question.Load load -> new Answer.Failed(load.id(), "a model is loaded already");
            };
        } catch (OverBudget e) {
            return new Answer.Overdue(question.id());
        } catch (LlamaFailure | OnnxFailure e) {
            return new Answer.Failed(question.id(), String.valueOf(e.getMessage()));
        }
    }

    private static Duration budget(long millis) {
        return Duration.ofMillis(millis);
    }

    private static long micros(long start) {
        return (System.nanoTime() - start) / 1000;
    }

    /** What this process loaded. */
    private sealed interface Engine {
        String device();

        int contextTokens();

        default LlamaEngine llama() throws LlamaFailure {
            throw new LlamaFailure("this model embeds, it does not write");
        }

        default OnnxEmbedder onnx() throws OnnxFailure {
            throw new OnnxFailure("this model writes, it does not embed");
        }

        record Writes(LlamaEngine engine) implements Engine {
            @Override
            public String device() {
                return engine.device();
            }

            @Override
            public int contextTokens() {
                return engine.contextTokens();
            }

            @Override
            public LlamaEngine llama() {
                return engine;
            }
        }

        record Embeds(OnnxEmbedder embedder) implements Engine {
            @Override
            public String device() {
                return "ONNX Runtime, CPU";
            }

            @Override
            public int contextTokens() {
                return OnnxEmbedder.MAX_TOKENS;
            }

            @Override
            public OnnxEmbedder onnx() {
                return embedder;
            }
        }
    }
}
