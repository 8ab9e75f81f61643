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
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;

/**
 * The model's process. It loads what its first frame names and answers one question after the other. When its standard
 * input ends, its parent is gone or wants it gone, and it halts at once, even in the middle of an answer.
 */
public final class WorkerMain {
    private WorkerMain() {}

    /** A question, and when it came: its budget runs from then on. */
    private record Asked(Question question, long nanos) {}

    /** Runs until standard input ends; takes no arguments. */
    public static void main(String[] args) throws IOException, InterruptedException {
        ProcessTies.dieWithParent();
        OutputStream frames = ProcessTies.claimStandardOutput();
        System.setOut(System.err);
        BlockingQueue<Asked> questions = new LinkedBlockingQueue<>(64);
        Thread reader = new Thread(() -> read(questions), "frames");
        reader.setDaemon(true);
        reader.start();
        Question first = questions.take().question();
        if (!(first instanceof Question.Load load)) {
            System.err.println("the first frame is no load frame");
            Runtime.getRuntime().halt(2);
            return;
        }
        Engine engine = load(load, frames);
        readAhead(engine, load.ahead());
        while (true) {
            Frame.write(frames, answer(engine, questions.take(), frames));
        }
    }

    private static void read(BlockingQueue<Asked> questions) {
        try (DataInputStream in = new DataInputStream(System.in)) {
            for (Question question = Frame.read(in, Question.class);
                    question != null;
                    question = Frame.read(in, Question.class)) {
                questions.put(new Asked(question, System.nanoTime()));
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
                            load.adapters().stream()
                                    .collect(Collectors.toMap(
                                            Question.AdapterFile::name, adapter -> Path.of(adapter.file()))),
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
            Frame.write(
                    frames,
                    new Answer.Loaded(load.id(), engine.device(), engine.contextTokens(), engine.unusableAdapters()));
            return engine;
        } catch (LlamaFailure | OnnxFailure e) {
            Frame.write(frames, new Answer.Failed(load.id(), String.valueOf(e.getMessage())));
            Runtime.getRuntime().halt(4);
            throw new IllegalStateException("halted", e);
        }
    }

    private static void readAhead(Engine engine, String instruction) {
        if (instruction.isEmpty()) {
            return;
        }
        try {
            engine.llama().read(instruction);
        } catch (LlamaFailure | OverBudget e) {
            System.err.println("reading ahead: " + e.getMessage());
        }
    }

    private static Answer answer(Engine engine, Asked asked, OutputStream frames) {
        Question question = asked.question();
        long start = System.nanoTime();
        try {
            return switch (question) {
                case Question.Score score -> {
                    engine.llama().use(score.adapter());
                    LlamaEngine.Scores scores =
                            engine.llama().score(score.prompt(), score.labels(), left(asked, score.budgetMillis()));
                    yield new Answer.Scored(
                            score.id(),
                            scores.logProbabilities(),
                            scores.promptTokens(),
                            scores.reusedTokens(),
                            micros(start));
                }
                case Question.Complete complete -> {
                    engine.llama().use(complete.adapter());
                    LlamaEngine.Text text =
                            written(engine.llama(), complete, left(asked, complete.budgetMillis()), frames);
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
                    Answer.Embedded.of(embed.id(), engine.onnx().embed(embed.text()));
                case Question.Load load -> new Answer.Failed(load.id(), "a model is loaded already");
            };
        } catch (OverBudget e) {
            return new Answer.Overdue(question.id());
        } catch (LlamaFailure | OnnxFailure e) {
            return new Answer.Failed(question.id(), String.valueOf(e.getMessage()));
        }
    }

    private static LlamaEngine.Text written(
            LlamaEngine engine, Question.Complete asked, Duration budget, OutputStream frames)
            throws LlamaFailure, OverBudget {
        try (Heartbeat beating = new Heartbeat(frames, asked.id(), engine::writingSteps)) {
            return engine.complete(asked.prompt(), asked.grammar(), asked.maxTokens(), budget);
        }
    }

    private static Duration left(Asked asked, long budgetMillis) {
        return Duration.ofMillis(budgetMillis).minusNanos(System.nanoTime() - asked.nanos());
    }

    private static long micros(long start) {
        return (System.nanoTime() - start) / 1000;
    }

    /** What this process loaded. */
    private sealed interface Engine {
        String device();

        int contextTokens();

        default Map<String, String> unusableAdapters() {
            return Map.of();
        }

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
            public Map<String, String> unusableAdapters() {
                return engine.unusableAdapters();
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
