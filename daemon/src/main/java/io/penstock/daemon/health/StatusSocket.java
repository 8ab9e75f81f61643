package io.penstock.daemon.health;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A local UNIX socket: whoever connects gets the present status as one JSON object, and the connection is closed. Nothing is read
 * from it, so nothing can be ordered through it.
 */
public final class StatusSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusSocket.class);
    private static final int LONGEST_PATH = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int MOST_READERS = 8;

    private final Path path;
    private final ServerSocketChannel server;
    private final Semaphore readers = new Semaphore(MOST_READERS);

    private StatusSocket(Path path, ServerSocketChannel server) {
        this.path = path;
        this.server = server;
    }

    /** Begins to answer; a socket file left by a killed daemon is replaced. */
    public static StatusSocket open(Path path, Supplier<String> status) throws IOException {
        if (path.toString().length() > LONGEST_PATH) {
            throw new IOException(
                    "socket path " + path + " has " + path.toString().length() + " characters, the system allows "
                            + LONGEST_PATH + "; set [health] socket to a shorter one");
        }
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        StatusSocket socket = new StatusSocket(path, server);
        Thread.ofVirtual().name("penstock-status").start(() -> socket.serve(status));
        return socket;
    }

    private void serve(Supplier<String> status) {
        while (server.isOpen()) {
            try {
                // who reads nothing keeps a place for some seconds, and the others wait no longer than that
                readers.acquire();
                SocketChannel client = server.accept();
                Thread.ofVirtual().name("penstock-status-reader").start(() -> tell(client, status));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                readers.release();
                LOG.warn("take a status reader: {}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void tell(SocketChannel client, Supplier<String> status) {
        try (client) {
            CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> hangUp(client));
            ByteBuffer answer = StandardCharsets.UTF_8.encode(status.get());
            while (answer.hasRemaining()) {
                client.write(answer);
            }
        } catch (IOException e) {
            LOG.debug("a status reader went away: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the status could not be told", e);
        } finally {
            readers.release();
        }
    }

    private static void hangUp(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("hang up on a status reader: {}", e.getMessage());
        }
    }

    /** What came of asking. */
    public sealed interface Answer {
        /** The status. */
        record Told(String json) implements Answer {}

        /** Nobody listens there. */
        record Nobody() implements Answer {}

        /** Somebody listens and said nothing in time: a daemon that is frozen or starved. */
        record Silent(Duration waited) implements Answer {}
    }

    /** Asks a running daemon; empty where none answers at that path in time. */
    public static Optional<String> ask(Path path) {
        return ask(path, PATIENCE) instanceof Answer.Told told ? Optional.of(told.json()) : Optional.empty();
    }

    /** Asks a running daemon, and waits no longer than that. */
    public static Answer ask(Path path, Duration patience) {
        if (!Files.exists(path)) {
            return new Answer.Nobody();
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(
                    () -> answerOver(channel, path),
                    task -> Thread.ofVirtual().name("status-reader").start(task));
            // closing the channel ends a reader that still waits
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Answer.Silent(patience);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Silent(patience);
        } catch (IOException e) {
            return new Answer.Nobody();
        }
    }

    private static Answer answerOver(SocketChannel channel, Path path) {
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
            return new Answer.Told(new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Answer.Nobody();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("close {}: {}", path, e.getMessage());
        }
    }
}
