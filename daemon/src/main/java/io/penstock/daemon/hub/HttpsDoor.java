package io.penstock.daemon.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.listen.HttpBounds;
import io.penstock.daemon.uplink.FrameSequence;
import io.penstock.daemon.uplink.HttpsLink;
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
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames by HTTPS, for clients with a certificate: {@code POST /v1/frames/SITE}, the body one frame, a CBOR sequence of them, or
 * nothing, which asks what waits.
 *
 * <pre>
 * 200  each frame is in the store, or was before, or was counted as none: the header Penstock-Frames says how many. The body holds
 *      what waits for the site, a CBOR sequence; it may be empty
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
    private final Function<String, byte[]> waiting;

    /**
     * @param waiting what goes down to a site, one behind the other
     * @throws IOException when the certificates cannot be used or the address is taken
     */
    public HttpsDoor(HubSettings.Https settings, ArrivalQueue queue, Function<String, byte[]> waiting)
            throws IOException {
        this.queue = queue;
        this.waiting = waiting;
        this.room = new Semaphore(settings.concurrent());
        new HttpBounds(2 * settings.concurrent(), Duration.ofSeconds(30), Duration.ofSeconds(60)).set();
        SSLContext tls = settings.tls().context();
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
        if (body.length == 0) {
            down(exchange, site);
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
            answer(exchange, site, verdicts, end);
        } catch (TimeoutException e) {
            answer(exchange, 503, error("not saved within " + COMMIT.toSeconds() + " s; send it again"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private void answer(HttpExchange exchange, String site, List<CompletableFuture<Verdict>> verdicts, long end)
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
        if (taken + known == 0) {
            ObjectNode why = error("no frame was taken");
            ObjectNode reasons = why.putObject("refused");
            refused.forEach(reasons::put);
            answer(exchange, 422, why);
            return;
        }
        exchange.getResponseHeaders()
                .set(
                        "Penstock-Frames",
                        "taken=" + taken + ", known=" + known
                                + refused.entrySet().stream()
                                        .map(reason -> ", " + reason.getKey() + "=" + reason.getValue())
                                        .collect(Collectors.joining()));
        down(exchange, site);
    }

    /** Hands out what waits, to the site itself alone: who it is says its certificate. */
    private void down(HttpExchange exchange, String site) throws IOException {
        byte[] body = site.equals(client(exchange)) ? waiting.apply(site) : new byte[0];
        exchange.getResponseHeaders().set("Content-Type", HttpsLink.TYPE);
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** The common name of the client's certificate. */
    private static String client(HttpExchange exchange) throws IOException {
        if (!(exchange instanceof HttpsExchange secure)) {
            throw new IOException("a request without TLS");
        }
        try {
            String name = secure.getSSLSession().getPeerPrincipal().getName();
            for (Rdn part : new LdapName(name).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    return String.valueOf(part.getValue());
                }
            }
            return "";
        } catch (InvalidNameException e) {
            throw new IOException("the client's certificate has a name that cannot be read", e);
        }
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
