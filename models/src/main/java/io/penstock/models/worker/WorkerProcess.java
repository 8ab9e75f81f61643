package io.penstock.models.worker;

import io.penstock.models.language.Completion;
import io.penstock.models.language.LabelScores;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.language.Prompt;
import io.penstock.models.language.TextEmbedder;
import io.penstock.models.manifest.ModelFile;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in a process of its own, restarted when it dies. Answers one question at a time; waiting for one's turn and
 * for the model's loading counts against the deadline. A worker that does not answer by the deadline is killed.
 */
public final class WorkerProcess implements LanguageModel, TextEmbedder {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
    private static final int MAX_TOKENS = 512;
    /** The child gives up by itself a little before our deadline: cheaper than killing and loading again. */
    private static final int MARGIN_PART = 5;

    private static final long MARGIN_MOST_MILLIS = 1000;

    private final InstalledModel model;
    private final InstalledModel natives;
    private final WorkerSettings settings;
    private final InstantSource clock;
    private final ReentrantLock turn = new ReentrantLock(true);
    /** Makes every child: the kernel ties a child's life to the thread that made it. */
    private final ExecutorService maker;

    private final Object state = new Object();
    private @Nullable ChildProcess child;
    private @Nullable CompletableFuture<ChildProcess> starting;
    private BackOff backOff = BackOff.NONE;
    private boolean refused;
    private boolean closed;
    private String problem = "";
    private String sha256 = "";
    private String device = "";
    private Duration load = Duration.ZERO;
    private int starts;
    private int deaths;
    private long lastId;

    /**
     * A worker without a process yet; nothing is checked or started before {@link #start} or the first question.
     *
     * @param natives the shared libraries of the model's format
     */
    public WorkerProcess(InstalledModel model, InstalledModel natives, WorkerSettings settings, InstantSource clock) {
        if (model.manifest().format() == ModelManifest.Format.NATIVES
                || natives.manifest().format() != ModelManifest.Format.NATIVES) {
            throw new IllegalArgumentException("a worker needs a model and natives, got "
                    + model.manifest().name() + " and " + natives.manifest().name());
        }
        this.model = model;
        this.natives = natives;
        this.settings = settings;
        this.clock = clock;
        this.maker = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "worker-" + model.manifest().name());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Checks and loads in the background, unless it runs, is closed, or must wait; may be called as often as wished. */
    public void start() {
        synchronized (state) {
            beginStart();
        }
    }

    @Override
    public LabelScores score(Prompt prompt, List<String> labels, Duration deadline) throws ModelUnavailable {
        if (labels.size() < 2
                || labels.size() > 32
                || new HashSet<>(labels).size() != labels.size()
                || labels.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("labels must be 2 to 32, distinct and not blank: " + labels);
        }
        Answer answer = ask((id, budget) -> new Question.Score(id, prompt, labels, budget), deadline);
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
        if (maxTokens < 1 || maxTokens > MAX_TOKENS) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + ", expected 1 to " + MAX_TOKENS);
        }
        if (grammar.isBlank()) {
            throw new IllegalArgumentException("the grammar is empty: free text is never asked for");
        }
        Answer answer = ask((id, budget) -> new Question.Complete(id, prompt, grammar, maxTokens, budget), deadline);
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
        Answer answer = ask((id, budget) -> new Question.Embed(id, text), deadline);
        if (!(answer instanceof Answer.Embedded embedded)) {
            throw unexpected(answer);
        }
        return embedded.vector();
    }

    /** How it stands now. */
    public WorkerStatus status() {
        synchronized (state) {
            ChildProcess running = child;
            boolean alive = running != null && running.isAlive();
            return new WorkerStatus(
                    model.manifest().name(),
                    sha256,
                    standing(alive),
                    alive && running != null ? running.pid() : 0,
                    starts,
                    deaths,
                    load,
                    running == null ? 0 : running.residentMiB(),
                    device,
                    alive || backOff.failures() == 0 ? Optional.empty() : Optional.of(backOff.notBefore()),
                    problem);
        }
    }

    private WorkerStatus.State standing(boolean alive) {
        if (closed) {
            return WorkerStatus.State.CLOSED;
        }
        if (starting != null) {
            return WorkerStatus.State.STARTING;
        }
        if (alive) {
            return WorkerStatus.State.RUNNING;
        }
        if (refused) {
            return WorkerStatus.State.REFUSED;
        }
        return backOff.failures() > 0 ? WorkerStatus.State.WAITING : WorkerStatus.State.STOPPED;
    }

    public WorkerSettings settings() {
        return settings;
    }

    @Override
    public void close() {
        ChildProcess running;
        synchronized (state) {
            closed = true;
            running = child;
            child = null;
        }
        if (running != null) {
            running.kill("the worker was closed");
            running.death().join();
        }
        // a start in progress finds closed set and kills what it made
        maker.shutdown();
        try {
            if (!maker.awaitTermination(30, TimeUnit.SECONDS)) {
                LOG.warn(
                        "worker {}: its start did not end within 30 s",
                        model.manifest().name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer ask(BiFunction<Long, Long, Question> asked, Duration deadline) throws ModelUnavailable {
        long end = System.nanoTime() + deadline.toNanos();
        boolean mine = false;
        try {
            mine = turn.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS);
            if (!mine) {
                throw unavailable(Reason.DEADLINE, "other questions took the whole deadline of " + deadline);
            }
            ChildProcess running = running(end);
            long left = end - System.nanoTime();
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(left);
            long budgetMillis = Math.max(1, leftMillis - Math.min(leftMillis / MARGIN_PART, MARGIN_MOST_MILLIS));
            Answer answer = running.ask(asked.apply(nextId(), budgetMillis), left);
            if (answer == null) {
                running.killAndWait("no answer within " + deadline);
                throw unavailable(
                        Reason.DEADLINE, "no answer within " + deadline + "; process " + running.pid() + " was killed");
            }
            return accepted(answer, deadline);
        } catch (ChildProcess.Died e) {
            throw diedOrClosed(String.valueOf(e.getMessage()));
        } catch (Frame.TooLong e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(Reason.FAILED, "the asking thread was interrupted");
        } finally {
            if (mine) {
                turn.unlock();
            }
        }
    }

    private Answer accepted(Answer answer, Duration deadline) throws ModelUnavailable {
        switch (answer) {
            case Answer.Failed failed -> throw failed(failed.message());
            case Answer.Overdue overdue ->
                throw unavailable(
                        Reason.DEADLINE,
                        "no answer within " + deadline + "; the work was stopped, the process goes on");
            default -> {
                synchronized (state) {
                    backOff = BackOff.NONE;
                    problem = "";
                }
                return answer;
            }
        }
    }

    /** The process to ask, started when there is none and one is allowed. */
    private ChildProcess running(long end) throws ModelUnavailable, InterruptedException {
        CompletableFuture<ChildProcess> start;
        synchronized (state) {
            if (closed) {
                throw unavailable(Reason.CLOSED, "it was closed");
            }
            ChildProcess running = child;
            if (running != null && running.isAlive()) {
                return running;
            }
            start = beginStart();
            if (start == null) {
                throw refused
                        ? new ModelUnavailable(Reason.REFUSED, problem)
                        : unavailable(
                                Reason.NOT_RUNNING, "the next start is at " + backOff.notBefore() + "; " + problem);
            }
        }
        try {
            return start.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw unavailable(Reason.NOT_RUNNING, "it is still being loaded");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ModelUnavailable why) {
                throw new ModelUnavailable(why.reason(), String.valueOf(why.getMessage()), why);
            }
            throw new IllegalStateException(
                    "starting worker " + model.manifest().name(), e.getCause());
        }
    }

    /** The start in progress or a new one; null when it may not start now. Called with the state's lock. */
    private @Nullable CompletableFuture<ChildProcess> beginStart() {
        if (starting != null) {
            return starting;
        }
        ChildProcess running = child;
        if (running != null && running.isAlive()) {
            return CompletableFuture.completedFuture(running);
        }
        if (running != null) {
            buried(running, running.death().join());
        }
        if (closed || !backOff.allows(clock.instant())) {
            return null;
        }
        CompletableFuture<ChildProcess> start = new CompletableFuture<>();
        starting = start;
        maker.execute(() -> make(start));
        return start;
    }

    /** Runs on the maker's thread. */
    private void make(CompletableFuture<ChildProcess> start) {
        try {
            ChildProcess made = checkAndLoad();
            made.death().thenAccept(how -> {
                synchronized (state) {
                    buried(made, how);
                }
            });
            synchronized (state) {
                starting = null;
                if (closed) {
                    made.kill("the worker was closed");
                    start.completeExceptionally(unavailable(Reason.CLOSED, "it was closed"));
                    return;
                }
                child = made;
                refused = false;
                problem = "";
            }
            start.complete(made);
        } catch (ModelUnavailable e) {
            LOG.warn("worker not started: {}", e.getMessage());
            synchronized (state) {
                starting = null;
                refused = e.reason() == Reason.REFUSED;
                problem = String.valueOf(e.getMessage());
                backOff = refused
                        ? backOff.afterRefusal(clock.instant(), settings.backOffMax())
                        : backOff.afterFailure(clock.instant(), settings.backOffMin(), settings.backOffMax());
            }
            start.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            synchronized (state) {
                starting = null;
            }
            start.completeExceptionally(e);
            throw e;
        }
    }

    private ChildProcess checkAndLoad() throws ModelUnavailable {
        for (InstalledModel part : List.of(natives, model)) {
            switch (part.verify()) {
                case InstalledModel.Verdict.Unsound unsound ->
                    throw new ModelUnavailable(Reason.REFUSED, unsound.problem());
                case InstalledModel.Verdict.Sound sound -> {
                    if (part.equals(model)) {
                        synchronized (state) {
                            sha256 = sound.sha256()
                                    .getOrDefault(model.manifest().file().name(), "");
                        }
                    }
                }
            }
        }
        long begun = System.nanoTime();
        ChildProcess made;
        try {
            made = ChildProcess.start(model.manifest().name(), memoryMiB(), settings);
        } catch (IOException e) {
            throw new ModelUnavailable(
                    Reason.NOT_RUNNING,
                    "model " + model.manifest().name() + ": starting its process failed (" + e.getMessage()
                            + "); is the Java runtime whole?",
                    e);
        }
        synchronized (state) {
            starts++;
        }
        try {
            Answer answer = made.ask(loadQuestion(), settings.loadDeadline().toNanos());
            switch (answer) {
                case Answer.Loaded loaded -> {
                    synchronized (state) {
                        device = loaded.device();
                        load = Duration.ofNanos(System.nanoTime() - begun);
                    }
                    return made;
                }
                case Answer.Failed failed -> {
                    made.killAndWait(failed.message());
                    throw unavailable(Reason.REFUSED, failed.message());
                }
                case null -> {
                    made.killAndWait("loading took longer than " + settings.loadDeadline());
                    throw unavailable(Reason.NOT_RUNNING, "loading took longer than " + settings.loadDeadline());
                }
                default -> {
                    made.killAndWait("it answered a load with " + answer);
                    throw unexpected(answer);
                }
            }
        } catch (ChildProcess.Died e) {
            throw unavailable(Reason.DIED, "while loading, " + e.getMessage());
        } catch (Frame.TooLong e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            made.kill("its start was interrupted");
            Thread.currentThread().interrupt();
            throw unavailable(Reason.CLOSED, "its start was interrupted");
        }
    }

    private Question.Load loadQuestion() {
        ModelManifest manifest = model.manifest();
        return new Question.Load(
                nextId(),
                manifest.format(),
                manifest.template(),
                manifest.files().stream()
                        .map(ModelFile::name)
                        .map(name -> model.file(name).toAbsolutePath().toString())
                        .toList(),
                natives.folder().toAbsolutePath().toString(),
                settings.contextTokens() > 0 ? settings.contextTokens() : manifest.contextTokens(),
                settings.threads(),
                settings.threadsBatch());
    }

    private int memoryMiB() {
        return settings.memoryMiB() > 0
                ? settings.memoryMiB()
                : model.manifest().memoryMiB();
    }

    /** Notes a death once. Called with the state's lock. */
    private void buried(ChildProcess dead, String how) {
        if (child != dead) {
            return;
        }
        child = null;
        deaths++;
        problem = how;
        Instant now = clock.instant();
        backOff = backOff.afterFailure(now, settings.backOffMin(), settings.backOffMax());
        LOG.warn("worker {}: {}; next start not before {}", model.manifest().name(), how, backOff.notBefore());
    }

    private long nextId() {
        synchronized (state) {
            return ++lastId;
        }
    }

    private ModelUnavailable diedOrClosed(String how) {
        synchronized (state) {
            return closed ? unavailable(Reason.CLOSED, "it was closed") : unavailable(Reason.DIED, how);
        }
    }

    private ModelUnavailable failed(String message) {
        return unavailable(Reason.FAILED, message);
    }

    private ModelUnavailable unexpected(Answer answer) {
        return failed(
                "it gave an answer of the wrong kind, " + answer.getClass().getSimpleName());
    }

    private ModelUnavailable unavailable(Reason reason, String message) {
        return new ModelUnavailable(reason, "model " + model.manifest().name() + ": " + message);
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1000);
    }
}
