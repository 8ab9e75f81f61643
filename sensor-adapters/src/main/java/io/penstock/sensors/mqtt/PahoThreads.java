package io.penstock.sensors.mqtt;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.eclipse.paho.mqttv5.client.internal.CommsCallback;
import org.eclipse.paho.mqttv5.client.internal.CommsReceiver;
import org.eclipse.paho.mqttv5.client.internal.CommsSender;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one Paho client, one for each task, as it would make them itself. The one that connects waits for each of the others
 * by sleeping 100 ms at a time, ends such a sleep at an interrupt and looks again: here it is interrupted as soon as the other
 * runs, and a connection takes 0.3 s less. An interrupt that comes too late finds it in no other wait; the thread ends with the attempt.
 */
final class PahoThreads extends AbstractExecutorService implements ScheduledExecutorService {
    private static final long LOOK_NANOS = 100_000;
    private static final long PATIENCE_NANOS = 100_000_000;

    @Override
    public void execute(Runnable task) {
        new Thread(task).start();
    }

    /** The future never ends and its cancelling stops nothing: Paho ends its own tasks. */
    @Override
    public Future<?> submit(Runnable task) {
        Thread waiting = Thread.currentThread();
        execute(task);
        BooleanSupplier running = running(task);
        if (running != null) {
            Thread.ofVirtual().name("mqtt-start").start(() -> wakeOnce(running, waiting));
        }
        return new CompletableFuture<>();
    }

    private static @Nullable BooleanSupplier running(Runnable task) {
        // no pattern switch: it is made at run time, in each start
        if (task instanceof CommsReceiver receiver) {
            return receiver::isRunning;
        }
        if (task instanceof CommsSender sender) {
            return sender::isRunning;
        }
        return task instanceof CommsCallback callback ? callback::isRunning : null;
    }

    private static void wakeOnce(BooleanSupplier running, Thread waiting) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!running.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        waiting.interrupt();
    }

    @Override
    public void shutdown() {
        // the tasks end with the connection
    }

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        throw nothingIsScheduled();
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        throw nothingIsScheduled();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw nothingIsScheduled();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw nothingIsScheduled();
    }

    private static UnsupportedOperationException nothingIsScheduled() {
        return new UnsupportedOperationException("Paho's pings have a timer of their own");
    }
}
