package io.penstock.models.worker;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import io.penstock.models.store.InstalledModel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process behind a worker: made when it is needed, again when it died, ended when another needs its room. It comes back by itself:
 * at once after a first death, after further ones in a row when its pause is over.
 */
final class WorkerLife implements MemoryBudget.Tenant {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLife.class);

    private final InstalledModel model;
    private final InstalledModel natives;
    private final List<Adapter> adapters;
    private final WorkerSettings settings;
    private final MemoryBudget budget;
    private final Turns turns;
    private final InstantSource clock;
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
    private final Map<String, String> unusable = new HashMap<>();
    private Duration load = Duration.ZERO;
    private int starts;
    private int deaths;
    private int evictions;
    private long lastId;
    /** The instruction of the newest question: a process that comes back reads it before it is asked. */
    private volatile String ahead = "";

    private long lastUsedNanos = System.nanoTime();

    WorkerLife(
            InstalledModel model,
            InstalledModel natives,
            List<Adapter> adapters,
            WorkerSettings settings,
            MemoryBudget budget,
            Turns turns,
            InstantSource clock) {
        this.model = model;
        this.natives = natives;
        this.adapters = List.copyOf(adapters);
        this.settings = settings;
        this.budget = budget;
        this.turns = turns;
        this.clock = clock;
        this.maker = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "worker-" + model.manifest().name());
            thread.setDaemon(true);
            return thread;
        });
        budget.join(this);
    }

    /** Checks and loads in the background, unless it runs, is closed, or must wait. */
    void start() {
        synchronized (state) {
            beginStart();
        }
    }

    void readAhead(String instruction) {
        ahead = instruction;
    }

    /** The process to ask, started when there is none and one is allowed. */
    ChildProcess running(long end) throws ModelUnavailable, InterruptedException {
        CompletableFuture<ChildProcess> start;
        synchronized (state) {
            if (closed) {
                throw unavailable(Reason.CLOSED, "it was closed");
            }
            lastUsedNanos = System.nanoTime();
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
            throw new IllegalStateException("starting worker " + name(), e.getCause());
        }
    }

    /** Whether its process runs, or there is none because nobody asked yet, or another one has its room. */
    boolean isReady() {
        synchronized (state) {
            ChildProcess running = child;
            return running != null ? running.isAlive() : starting == null && !closed && backOff.failures() == 0;
        }
    }

    /**
     * It answered: its deaths in a row are over.
     *
     * @param instruction of the question; empty where it had none
     */
    void answered(String instruction) {
        ahead = instruction;
        synchronized (state) {
            backOff = BackOff.NONE;
            problem = "";
            lastUsedNanos = System.nanoTime();
        }
    }

    /** Why the adapter of that name cannot be used; empty when it can, or nobody knows yet. */
    Optional<String> objection(String adapter) {
        synchronized (state) {
            return Optional.ofNullable(unusable.get(adapter));
        }
    }

    WorkerStatus status() {
        int waiting = turns.waiting();
        synchronized (state) {
            ChildProcess running = child;
            boolean alive = running != null && running.isAlive();
            List<String> problems = new ArrayList<>(unusable.values());
            if (!problem.isEmpty()) {
                problems.addFirst(problem);
            }
            return new WorkerStatus(
                    name(),
                    sha256,
                    standing(alive),
                    alive && running != null ? running.pid() : 0,
                    starts,
                    deaths,
                    evictions,
                    waiting,
                    isPinned(),
                    load,
                    running == null ? 0 : running.residentMiB(),
                    boundMiB(),
                    device,
                    alive || backOff.failures() == 0 ? Optional.empty() : Optional.of(backOff.notBefore()),
                    String.join("; ", problems));
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

    void close() {
        ChildProcess running;
        CompletableFuture<ChildProcess> start;
        synchronized (state) {
            closed = true;
            running = child;
            child = null;
            start = starting;
        }
        if (running != null) {
            running.kill("the worker was closed");
            running.death().join();
        }
        budget.leave(this);
        // a start in progress ends at once, and what it made with it: reading and loading a large model takes a minute
        maker.shutdownNow();
        if (start != null) {
            start.completeExceptionally(unavailable(Reason.CLOSED, "it was closed"));
        }
        try {
            if (!maker.awaitTermination(30, TimeUnit.SECONDS)) {
                LOG.warn("worker {}: its start did not end within 30 s", name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
            if (starting != null) {
                return starting;
            }
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
        BackOff before;
        synchronized (state) {
            before = backOff;
        }
        try {
            // after a death or a start that failed
            if (before.failures() > 0) {
                Courtesy.wait(budget, this);
            }
            Optional<String> noRoom = budget.claim(this);
            if (noRoom.isPresent()) {
                // room may be there at any moment: nothing is lost by looking again
                notStarted(start, unavailable(Reason.NO_ROOM, noRoom.get()), BackOff.NONE);
                return;
            }
            ChildProcess made = checkAndLoad();
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
                // within the lock: who waits for the death holds it, and would keep one that came later from ever being
                // noted
                made.death().thenAccept(how -> {
                    synchronized (state) {
                        buried(made, how);
                    }
                });
            }
            start.complete(made);
        } catch (ModelUnavailable e) {
            Instant now = clock.instant();
            notStarted(
                    start,
                    e,
                    e.reason() == Reason.REFUSED
                            ? before.afterRefusal(now, settings.backOffMax())
                            : before.afterFailure(now, settings.backOffMin(), settings.backOffMax()));
        } catch (RuntimeException | Error e) {
            synchronized (state) {
                starting = null;
            }
            start.completeExceptionally(e);
            throw e;
        } finally {
            budget.started(this);
        }
    }

    private void notStarted(CompletableFuture<ChildProcess> start, ModelUnavailable why, BackOff next) {
        synchronized (state) {
            starting = null;
            if (closed) {
                start.completeExceptionally(unavailable(Reason.CLOSED, "it was closed"));
                return;
            }
            LOG.warn("worker not started: {}", why.getMessage());
            refused = why.reason() == Reason.REFUSED;
            problem = String.valueOf(why.getMessage());
            backOff = next;
            if (!refused && next.failures() > 0) {
                comeBackWhenOver(next);
            }
        }
        start.completeExceptionally(why);
    }

    /** Starts it when the pause is over: while another one answers nobody asks it. Called with the state's lock. */
    private void comeBackWhenOver(BackOff paused) {
        long millis = Duration.between(clock.instant(), paused.notBefore())
                .plusMillis(1)
                .toMillis();
        CompletableFuture.delayedExecutor(Math.max(0, millis), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    synchronized (state) {
                        if (backOff.equals(paused)) {
                            // it has waited, whatever the wall's clock was set to meanwhile
                            backOff = paused.over(clock.instant());
                        }
                        beginStart();
                    }
                });
    }

    private ChildProcess checkAndLoad() throws ModelUnavailable {
        Checked checked = Checked.of(model, natives, adapters);
        synchronized (state) {
            sha256 = checked.sha256();
            unusable.clear();
            unusable.putAll(checked.unusable());
        }
        long begun = System.nanoTime();
        ChildProcess made;
        try {
            made = ChildProcess.start(name(), boundMiB(), settings);
        } catch (IOException e) {
            throw new ModelUnavailable(
                    Reason.NOT_RUNNING,
                    "model " + name() + ": starting its process failed (" + e.getMessage()
                            + "); is the Java runtime whole?",
                    e);
        }
        synchronized (state) {
            starts++;
        }
        try {
            Answer answer = made.ask(
                    Question.Load.of(nextId(), model, checked.usable(), natives, settings, ahead),
                    settings.loadDeadline().toNanos());
            switch (answer) {
                case Answer.Loaded loaded -> {
                    synchronized (state) {
                        device = loaded.device();
                        load = Duration.ofNanos(System.nanoTime() - begun);
                        unusable.putAll(loaded.unusableAdapters());
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
                    throw unavailable(Reason.FAILED, "it answered a load with " + answer);
                }
            }
        } catch (ChildProcess.Died e) {
            throw unavailable(e.outOfRoom() ? Reason.NO_ROOM : Reason.DIED, "while loading, " + e.getMessage());
        } catch (Frame.TooLong e) {
            throw unavailable(Reason.FAILED, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            made.kill("its start was interrupted");
            Thread.currentThread().interrupt();
            throw unavailable(Reason.CLOSED, "its start was interrupted");
        }
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
        if (!closed && backOff.allows(now)) {
            LOG.warn("worker {}: {}; it is started again", name(), how);
            beginStart();
        } else {
            LOG.warn("worker {}: {}; it is started again at {}", name(), how, backOff.notBefore());
            comeBackWhenOver(backOff);
        }
    }

    @Override
    public String name() {
        return model.manifest().name();
    }

    @Override
    public int boundMiB() {
        return settings.memoryMiB() > 0
                ? settings.memoryMiB()
                : model.manifest().memoryMiB();
    }

    @Override
    public boolean isPinned() {
        return settings.pinned();
    }

    @Override
    public boolean isAlive() {
        synchronized (state) {
            ChildProcess running = child;
            return running != null && running.isAlive();
        }
    }

    @Override
    public boolean isAnswering() {
        return turns.isTaken();
    }

    @Override
    public long lastUsedNanos() {
        synchronized (state) {
            return lastUsedNanos;
        }
    }

    @Override
    public boolean giveWay() {
        if (!turns.takeIdle()) {
            return false;
        }
        try {
            ChildProcess running;
            synchronized (state) {
                running = child;
                child = null;
                if (running != null) {
                    evictions++;
                    LOG.info("worker {}: ended, so that another model has room", name());
                }
            }
            if (running != null) {
                running.killAndWait("another model needs its room");
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            turns.give();
        }
    }

    long nextId() {
        synchronized (state) {
            return ++lastId;
        }
    }

    boolean isClosed() {
        synchronized (state) {
            return closed;
        }
    }

    ModelUnavailable unavailable(Reason reason, String message) {
        return new ModelUnavailable(reason, "model " + name() + ": " + message);
    }
}
