package io.penstock.models.worker;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.language.Prompt;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.language.Urgency;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/**
 * A model in a process of its own, started by its first question and again when it died. Answers one question at a time, the most
 * urgent first; waiting for one's turn and for the model's loading counts against the deadline. A worker that does not answer by the
 * deadline is killed, and one that stands still for two seconds in the middle of a text.
 */
public final class WorkerProcess implements LanguageModel, TextEmbedder {
    private static final int MAX_TOKENS = 512;
    /** The child gives up by itself a little before our deadline: cheaper than killing and loading again. */
    private static final int MARGIN_PART = 5;

    private static final long MARGIN_MOST_MILLIS = 1000;
    /** With less left the child could not stop by itself: a sound process would be killed for a question that came too late to it. */
    private static final Duration LEAST_LEFT = Duration.ofMillis(250);

    private final WorkerSettings settings;
    private final Turns turns = new Turns();
    private final WorkerLife life;

    /**
     * A worker without a process yet; nothing is checked or started before {@link #start} or the first question.
     *
     * @param natives the shared libraries of the model's format
     */
    public WorkerProcess(InstalledModel model, InstalledModel natives, WorkerSettings settings, InstantSource clock) {
        this(model, natives, List.of(), settings, new MemoryBudget(0), clock);
    }

    /**
     * One of several workers.
     *
     * @param adapters LoRA adapters of the model; one that is wrong is refused by itself
     * @param budget what all of them share
     */
    public WorkerProcess(
            InstalledModel model,
            InstalledModel natives,
            List<Adapter> adapters,
            WorkerSettings settings,
            MemoryBudget budget,
            InstantSource clock) {
        if (model.manifest().format() == ModelManifest.Format.NATIVES
                || natives.manifest().format() != ModelManifest.Format.NATIVES) {
            throw new IllegalArgumentException("a worker needs a model and natives, got "
                    + model.manifest().name() + " and " + natives.manifest().name());
        }
        this.settings = settings;
        this.life = new WorkerLife(model, natives, adapters, settings, budget, turns, clock);
    }

    /** The same model asked through an adapter, or more urgently than others. Its process is the worker's. */
    private record Voice(WorkerProcess worker, String adapter, Urgency urgency) implements LanguageModel {
        @Override
        public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
            return worker.score(adapter, urgency, prompt, labels, deadline);
        }

        @Override
        public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
                throws ModelUnavailable {
            return worker.complete(adapter, urgency, prompt, grammar, maxTokens, deadline);
        }

        @Override
        public boolean isReady() {
            return worker.isReady();
        }

        @Override
        public LanguageModel at(Urgency other) {
            return new Voice(worker, adapter, other);
        }

        @Override
        public void close() {
            worker.close();
        }
    }

    /** Checks and loads in the background, unless it runs, is closed, or must wait; may be called as often as wished. */
    public void start() {
        life.start();
    }

    /** Each process of it reads this instruction before its first question comes; that of a later question takes its place. */
    public void readAhead(String instruction) {
        life.readAhead(instruction);
    }

    /** The model as it answers through one of its adapters. */
    public LanguageModel through(String adapter) {
        return new Voice(this, adapter, Urgency.ADVISORY);
    }

    @Override
    public LanguageModel at(Urgency urgency) {
        return new Voice(this, Adapter.NONE, urgency);
    }

    @Override
    public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
        return score(Adapter.NONE, Urgency.ADVISORY, prompt, labels, deadline);
    }

    private LabelScores score(String adapter, Urgency urgency, Prompt prompt, List<String> labels, Duration deadline)
            throws ModelUnavailable {
        if (labels.size() < 2
                || labels.size() > 32
                || new HashSet<>(labels).size() != labels.size()
                || labels.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("labels must be 2 to 32, distinct and not blank: " + labels);
        }
        Answer answer = ask(
                adapter,
                (id, budget) -> new Question.Score(id, adapter, prompt, labels, budget),
                prompt.instruction(),
                urgency,
                deadline);
        if (!(answer instanceof Answer.Scored scored)
                || scored.logProbabilities().size() != labels.size()) {
            throw unexpected(answer);
        }
        double most = scored.logProbabilities().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(0);
        double sum = scored.logProbabilities().stream()
                .mapToDouble(logProbability -> Math.exp(logProbability - most))
                .sum();
        if (!Double.isFinite(most) || !Double.isFinite(sum)) {
            throw failed("the model gave no finite probability to any label: its weights are damaged or unsuitable");
        }
        List<LabelScores.Score> scores = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            double logProbability = scored.logProbabilities().get(i);
            scores.add(new LabelScores.Score(labels.get(i), logProbability, Math.exp(logProbability - most) / sum));
        }
        return new LabelScores(scores, scored.promptTokens(), scored.reusedTokens(), micros(scored.micros()));
    }

    @Override
    public Completion complete(Prompt prompt, String grammar, int maxTokens, Duration deadline)
            throws ModelUnavailable {
        return complete(Adapter.NONE, Urgency.ADVISORY, prompt, grammar, maxTokens, deadline);
    }

    private Completion complete(
            String adapter, Urgency urgency, Prompt prompt, String grammar, int maxTokens, Duration deadline)
            throws ModelUnavailable {
        if (maxTokens < 1 || maxTokens > MAX_TOKENS) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + ", expected 1 to " + MAX_TOKENS);
        }
        if (grammar.isBlank()) {
            throw new IllegalArgumentException("the grammar is empty: free text is never asked for");
        }
        Answer answer = ask(
                adapter,
                (id, budget) -> new Question.Complete(id, adapter, prompt, grammar, maxTokens, budget),
                prompt.instruction(),
                urgency,
                deadline);
        if (!(answer instanceof Answer.Completed completed)) {
            throw unexpected(answer);
        }
        return new Completion(
                completed.text(),
                completed.promptTokens(),
                completed.reusedTokens(),
                completed.generatedTokens(),
                completed.stop(),
                micros(completed.micros()));
    }

    @Override
    public float[] embed(String text, Duration deadline) throws ModelUnavailable {
        Answer answer = ask(Adapter.NONE, (id, budget) -> new Question.Embed(id, text), "", Urgency.ADVISORY, deadline);
        if (!(answer instanceof Answer.Embedded embedded)) {
            throw unexpected(answer);
        }
        return embedded.vector();
    }

    @Override
    public boolean isReady() {
        return life.isReady();
    }

    /** How it stands now. */
    public WorkerStatus status() {
        return life.status();
    }

    public WorkerSettings settings() {
        return settings;
    }

    /**
     * Closes it unless it answers, or has answered just now.
     *
     * @param quiet how long its last question must be over
     * @return whether it is closed
     */
    public boolean closeIfIdle(Duration quiet) {
        if (System.nanoTime() - life.lastUsedNanos() < quiet.toNanos() || !turns.takeIdle()) {
            return false;
        }
        try {
            life.close();
            return true;
        } finally {
            turns.give();
        }
    }

    @Override
    public void close() {
        life.close();
    }

    private void refuseUnusable(String adapter) throws ModelUnavailable {
        String objection = life.objection(adapter).orElse("");
        if (!objection.isEmpty()) {
            throw life.unavailable(Reason.REFUSED, objection);
        }
    }

    private Answer ask(
            String adapter,
            BiFunction<Long, Long, Question> asked,
            String instruction,
            Urgency urgency,
            Duration deadline)
            throws ModelUnavailable {
        long end = System.nanoTime() + deadline.toNanos();
        boolean mine = false;
        try {
            Turns.Turn turn = turns.take(urgency, deadline.toNanos());
            mine = turn == Turns.Turn.MINE;
            if (!mine) {
                throw life.unavailable(
                        Reason.DEADLINE,
                        turn == Turns.Turn.LATE
                                ? "other questions took the whole deadline of " + deadline
                                : Turns.MOST_WAITING + " more urgent questions wait");
            }
            ChildProcess running = life.running(end);
            refuseUnusable(adapter);
            long left = end - System.nanoTime();
            if (left < Math.min(LEAST_LEFT.toNanos(), deadline.toNanos() / 4)) {
                throw life.unavailable(
                        Reason.DEADLINE, "waiting for its turn and for the model took the deadline of " + deadline);
            }
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(left);
            long budgetMillis = Math.max(1, leftMillis - Math.min(leftMillis / MARGIN_PART, MARGIN_MOST_MILLIS));
            Answer answer = running.ask(asked.apply(life.nextId(), budgetMillis), left);
            if (answer == null) {
                running.killAndWait("no answer within " + deadline);
                throw life.unavailable(
                        Reason.DEADLINE, "no answer within " + deadline + "; process " + running.pid() + " was killed");
            }
            return accepted(answer, instruction, deadline);
        } catch (ChildProcess.Died e) {
            throw died(e);
        } catch (Frame.TooLong e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("the asking thread was interrupted");
        } finally {
            if (mine) {
                turns.give();
            }
        }
    }

    private Answer accepted(Answer answer, String instruction, Duration deadline) throws ModelUnavailable {
        switch (answer) {
            case Answer.Failed failed -> throw failed(failed.message());
            case Answer.Overdue overdue ->
                throw life.unavailable(
                        Reason.DEADLINE,
                        "no answer within " + deadline + "; the work was stopped, the process goes on");
            default -> {
                life.answered(instruction);
                return answer;
            }
        }
    }

    private ModelUnavailable died(ChildProcess.Died e) {
        if (life.isClosed()) {
            return life.unavailable(Reason.CLOSED, "it was closed");
        }
        return life.unavailable(e.outOfRoom() ? Reason.NO_ROOM : Reason.DIED, String.valueOf(e.getMessage()));
    }

    private ModelUnavailable failed(String message) {
        return life.unavailable(Reason.FAILED, message);
    }

    private ModelUnavailable unexpected(Answer answer) {
        return failed(
                "it gave an answer of the wrong kind, " + answer.getClass().getSimpleName());
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1000);
    }
}
