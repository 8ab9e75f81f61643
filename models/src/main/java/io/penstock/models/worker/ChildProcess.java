package io.penstock.models.worker;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One process of a worker, from its start to its death: it is never restarted, a new one is made. */
final class ChildProcess {
    private static final long LOOK_EVERY_MILLIS = 500;
    /** Looks without a heartbeat, two seconds. Looks, not time: one of ours that was held up is one look, whatever it took. */
    private static final int MOST_SILENT = 8;

    private static final List<String> KEPT_ENVIRONMENT =
            List.of("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "TZ");

    private final Process process;
    private final String name;
    private final long memoryMiB;
    private final OutputStream toChild;
    private final ChildChatter chatter;
    private final Map<Long, Asked> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<String> death = new CompletableFuture<>();
    private volatile @Nullable String killedBecause;
    private volatile int residentMiB;
    private volatile boolean outOfRoom;

    /** A question and what came of it. */
    private record Asked(CompletableFuture<Answer> answer, AtomicInteger beats) {}

    /** The process ended before it answered. */
    static final class Died extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean outOfRoom;

        Died(String message, boolean outOfRoom) {
            super(message);
            this.outOfRoom = outOfRoom;
        }

        /** Whether it used more memory than it may. */
        boolean outOfRoom() {
            return outOfRoom;
        }
    }

    private ChildProcess(Process process, String name, long memoryMiB) {
        this.process = process;
        this.name = name;
        this.memoryMiB = memoryMiB;
        this.toChild = process.getOutputStream();
        this.chatter = new ChildChatter(name, process);
        thread("answers", this::readAnswers);
        thread("log", chatter::read);
        thread("watch", this::watch);
    }

    /**
     * Starts it. The calling thread must outlive the process: the kernel kills a child when the thread that made it
     * ends.
     */
    static ChildProcess start(String name, int memoryMiB, WorkerSettings settings) throws IOException {
        List<String> command = new ArrayList<>();
        if (settings.niceness() > 0 && Files.isExecutable(Path.of("/usr/bin/nice"))) {
            command.addAll(List.of("/usr/bin/nice", "-n", Integer.toString(settings.niceness())));
        }
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(List.of(
                "-Xms8m",
                "-Xmn4m",
                "-Xmx64m",
                "-Xss1m",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-XX:TieredStopAtLevel=1",
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+ErrorFileToStderr",
                "-Xshare:auto",
                // the JVM's own warnings would go to standard output, between two frames
                "-Xlog:disable",
                "-Xlog:all=warning:stderr",
                // the JDK's classes lie where their archive was made for: moved, every page of it would be our own copy
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:ArchiveRelocationMode=0",
                "--enable-native-access=ALL-UNNAMED",
                WorkerMain.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(KEPT_ENVIRONMENT);
        // with gdb installed an abort would otherwise start it
        environment.put("GGML_NO_BACKTRACE", "1");
        environment.put("MALLOC_ARENA_MAX", "2");
        environment.put("MALLOC_TRIM_THRESHOLD_", "131072");
        // not as an argument: ONNX Runtime 1.29 reads /proc/self/cmdline and dies of a signal 11 when that has 4096
        // bytes
        environment.put(
                "CLASSPATH",
                settings.classPath().isEmpty()
                        ? WorkerClassPath.of(System.getProperty("java.class.path", ""))
                        : settings.classPath());
        return new ChildProcess(builder.start(), name, memoryMiB);
    }

    /**
     * Asks and waits. A process that falls silent in the middle of writing is killed.
     *
     * @return the answer, or null when there was none in time; the process is then as it was
     */
    @Nullable
    Answer ask(Question question, long timeoutNanos) throws Died, Frame.TooLong, InterruptedException {
        Asked asked = new Asked(new CompletableFuture<>(), new AtomicInteger());
        waiting.put(question.id(), asked);
        long end = System.nanoTime() + timeoutNanos;
        try {
            if (death.isDone()) {
                throw died();
            }
            send(question);
            if (!isEnded(asked, end)) {
                return null;
            }
            if (asked.answer().isDone()) {
                return asked.answer().join();
            }
            throw died();
        } finally {
            waiting.remove(question.id());
        }
    }

    /** Waits for an answer or a death; false when neither came in time. */
    private boolean isEnded(Asked asked, long end) throws InterruptedException {
        CompletableFuture<Object> ended = CompletableFuture.anyOf(asked.answer(), death);
        int heard = 0;
        int silent = 0;
        while (!ended.isDone()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                ended.get(Math.min(left, Heartbeat.EVERY.toNanos()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException look) {
                int beats = asked.beats().get();
                silent = beats == heard ? silent + 1 : 0;
                heard = beats;
                if (heard > 0 && silent == MOST_SILENT) {
                    kill("it stood still for "
                            + Heartbeat.EVERY.multipliedBy(MOST_SILENT).toSeconds() + " s in the middle of an answer");
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        return true;
    }

    private Died died() {
        return new Died(death.join(), outOfRoom);
    }

    private void send(Question question) throws Frame.TooLong {
        try {
            Frame.write(toChild, question);
        } catch (Frame.TooLong e) {
            throw e;
        } catch (IOException broken) {
            // the pipe breaks when the process ends: its death says more than this
            kill("its input pipe broke (" + broken.getMessage() + ")");
        }
    }

    /** Kills it; the first reason given is the one remembered. */
    void kill(String because) {
        synchronized (death) {
            if (killedBecause == null && process.isAlive()) {
                killedBecause = because;
            }
        }
        process.destroyForcibly();
    }

    /** Kills it and waits until it is gone. */
    void killAndWait(String because) throws InterruptedException {
        kill(because);
        process.waitFor();
        death.join();
    }

    boolean isAlive() {
        return process.isAlive() && !death.isDone();
    }

    long pid() {
        return process.pid();
    }

    int residentMiB() {
        return residentMiB;
    }

    /** Completes with one line that says how it ended. */
    CompletableFuture<String> death() {
        return death;
    }

    private void readAnswers() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
            for (Answer answer = Frame.read(in, Answer.class); answer != null; answer = Frame.read(in, Answer.class)) {
                Asked asked = waiting.get(answer.id());
                if (asked != null && answer instanceof Answer.Writing) {
                    asked.beats().incrementAndGet();
                } else if (asked != null) {
                    asked.answer().complete(answer);
                }
            }
        } catch (IOException e) {
            kill("it wrote no frame (" + e.getMessage() + ")");
        }
        try {
            int exit = process.waitFor();
            death.complete(obituary(exit));
        } catch (InterruptedException e) {
            death.complete("process " + process.pid() + ": its watcher was interrupted");
            Thread.currentThread().interrupt();
        }
    }

    private String obituary(int exit) {
        String because = killedBecause;
        if (because != null) {
            return "process " + process.pid() + " was killed: " + because;
        }
        String said = chatter.lastLines();
        String how = exit > 128 ? "was killed by signal " + (exit - 128) : "ended with exit code " + exit;
        return "process " + process.pid() + " " + how + (said.isEmpty() ? "" : "; it said last: " + said);
    }

    private void watch() {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        try {
            while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                residentMiB = residentMiB(status);
                if (residentMiB > memoryMiB) {
                    outOfRoom = true;
                    kill("it used " + residentMiB + " MiB, its bound is " + memoryMiB
                            + " MiB; raise memory_mib or lower context_tokens");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            residentMiB = 0;
        }
    }

    private static int residentMiB(Path status) {
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    return (int) (Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024);
                }
            }
        } catch (IOException goneMeanwhile) {
            return 0;
        }
        return 0;
    }

    private void thread(String what, Runnable work) {
        Thread thread = new Thread(work, "worker-" + name + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }
}
