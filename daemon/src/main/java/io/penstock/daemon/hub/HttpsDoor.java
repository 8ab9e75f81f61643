package io.penstock.daemon.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.daemon.fleet.FrameSequence;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.sensors.mqtt.ListeningTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames by HTTPS, for clients with a certificate: {@code POST /v1/frames/SITE}, the body one frame or a CBOR sequence of them.
 *
 * <pre>
 * 200  each frame is in the store, or was before, or was counted as none; the answer says how many
 * 422  none was taken and none was known: the answer says why
 * 413  longer than 64 KiB     503  not saved in time, or too many at once: send it again
 * </pre>
 */
public final class HttpsDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpsDoor.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PATH = "/v1/frames/";
    private static final int LONGEST_BODY = 64 * 1024;
    private static final int MOST_FRAMES = 2_000;
    private static final Duration ROOM = Duration.ofSeconds(5);
    private static final Duration COMMIT = Duration.ofSeconds(25);
    private static final int STOP_SECONDS = 1;

    private final HttpsServer server;
    private final ExecutorService threads;
    private final ArrivalQueue queue;
    private final Semaphore room;

    /** @throws IOException when the certificates cannot be used or the address is taken */
    public HttpsDoor(HubSettings.Https settings, ArrivalQueue queue) throws IOException {
        this.queue = queue;
        this.room = new Semaphore(settings.concurrent());
        // the JDK's server has its bounds as properties alone, read when its class is loaded
        bound("jdk.httpserver.maxConnections", 2 * settings.concurrent());
        bound("sun.net.httpserver.maxReqTime", 30);
        bound("sun.net.httpserver.maxRspTime", 60);
        SSLContext tls = ListeningTls.context(settings.tls());
        server = HttpsServer.create(new InetSocketAddress(settings.host(), settings.port()), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                parameters.setSSLParameters(ListeningTls.parameters(getSSLContext(), settings.tls()));
            }
        });
        threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("hub-https-", 0).factory());
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    private static void bound(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }

    public void start() {
        server.start();
    }

    /** The port it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            if (!room.tryAcquire()) {
                answer(exchange, 503, error("too many requests at once; send it again"));
                return;
            }
            try {
                String path = exchange.getRequestURI().getPath();
                if (!path.startsWith(PATH) || path.length() == PATH.length()) {
                    answer(exchange, 404, error("frames go to " + PATH + "SITE"));
                } else if (!exchange.getRequestMethod().equals("POST")) {
                    answer(exchange, 405, error("frames are posted"));
                } else {
                    receive(exchange, path.substring(PATH.length()));
                }
            } finally {
                room.release();
            }
        } catch (IOException e) {
            // the other side is gone; what was saved is saved, and comes again as known
            LOG.debug("an HTTPS request ended early: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void receive(HttpExchange exchange, String site) throws IOException, InterruptedException {
        byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
        if (body.length > LONGEST_BODY) {
            answer(
                    exchange,
                    413,
                    error("the body is longer than " + LONGEST_BODY + " bytes; send fewer frames at once"));
            return;
        }
        List<CompletableFuture<Verdict>> verdicts = new ArrayList<>();
        long end = System.nanoTime() + COMMIT.toNanos();
        for (byte[] frame : FrameSequence.split(body, MOST_FRAMES)) {
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            if (!queue.offer(new Arrival(site, frame, verdict::complete), ROOM)) {
                answer(exchange, 503, error("the store takes no frames now; send it again"));
                return;
            }
            verdicts.add(verdict);
        }
        try {
            answer(exchange, verdicts, end);
        } catch (TimeoutException e) {
            answer(exchange, 503, error("not saved within " + COMMIT.toSeconds() + " s; send it again"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void answer(HttpExchange exchange, List<CompletableFuture<Verdict>> verdicts, long end)
            throws IOException, InterruptedException, TimeoutException, ExecutionException {
        int taken = 0;
        int known = 0;
        Map<String, Integer> refused = new TreeMap<>();
        for (CompletableFuture<Verdict> each : verdicts) {
            switch (each.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                case Verdict.Taken frame -> taken++;
                case Verdict.Known again -> known++;
                case Verdict.Refused(Verdict.Reason reason, String text) ->
                    refused.merge(reason.word(), 1, Integer::sum);
            }
        }
        ObjectNode said = JSON.createObjectNode().put("taken", taken).put("known", known);
        ObjectNode reasons = said.putObject("refused");
        refused.forEach(reasons::put);
        answer(exchange, taken + known > 0 ? 200 : 422, said);
    }

    private static ObjectNode error(String text) {
        return JSON.createObjectNode().put("error", text);
    }

    private static void answer(HttpExchange exchange, int status, ObjectNode json) throws IOException {
        byte[] body = JSON.writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    /** Takes no more, and lets those under way have their answer for a moment. */
    @Override
    public void close() {
        server.stop(STOP_SECONDS);
        threads.shutdownNow();
    }
}
