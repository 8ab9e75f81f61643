package io.penstock.daemon.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.daemon.listen.HttpBounds;
import io.penstock.models.language.LanguageModel;
import io.penstock.models.language.ModelUnavailable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local models for guests: {@code GET /v1/models} and {@code POST /v1/chat/completions} as in the OpenAI API, over mutual TLS
 * alone. A guest's question is answered by the models of this machine and never handed on, so that two nodes that stand by for each
 * other cannot go round in a circle. Own cases go first; who is sent away is told when to come again.
 */
public final class ModelServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);
    private static final int LONGEST_BODY = 131_072;
    private static final String RETRY_SECONDS = "1";
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /**
     * What guests have done since start.
     *
     * @param questions asked for an answer
     * @param answered of them
     * @param sentAway because an own case, or as many guests as may be, were first
     * @param refused because they were not understood
     * @param failed because the model gave no answer
     * @param received bytes of questions
     * @param sent bytes of answers
     */
    public record Counts(
            long questions, long answered, long sentAway, long refused, long failed, long received, long sent) {}

    /**
     * A model that guests may ask.
     *
     * @param sha256 of its file; empty where it is not known
     */
    public record Hosted(String name, String sha256, LanguageModel model) {}

    private final HttpsServer server;
    private final ExecutorService handlers;
    private final Supplier<List<Hosted>> models;
    private final Precedence precedence;
    private final Semaphore guests;
    private final Duration deadline;
    private final InstantSource clock;
    private final AtomicLong questions = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong sentAway = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();

    private ModelServer(
            HttpsServer server,
            ServeSettings settings,
            Supplier<List<Hosted>> models,
            Precedence precedence,
            InstantSource clock) {
        this.server = server;
        this.handlers = Executors.newVirtualThreadPerTaskExecutor();
        this.models = models;
        this.precedence = precedence;
        this.guests = new Semaphore(settings.guests());
        this.deadline = settings.deadline();
        this.clock = clock;
    }

    /**
     * @param models of this machine, the general one first
     * @throws IOException when a file is wrong or the port is taken
     */
    public static ModelServer open(
            ServeSettings settings,
            InetSocketAddress listen,
            Supplier<List<Hosted>> models,
            Precedence precedence,
            InstantSource clock)
            throws IOException {
        HttpBounds.GATEWAY.set();
        SSLContext context = settings.tls().context(clock);
        HttpsServer server = HttpsServer.create(listen, 16);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
                wanted.setProtocols(PROTOCOLS);
                wanted.setNeedClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        ModelServer opened = new ModelServer(server, settings, models, precedence, clock);
        server.setExecutor(opened.handlers);
        server.createContext("/", opened::handle);
        server.start();
        return opened;
    }

    public Counts counts() {
        return new Counts(
                questions.get(),
                answered.get(),
                sentAway.get(),
                refused.get(),
                failed.get(),
                received.get(),
                sent.get());
    }

    /** An answer on its way. */
    private record Reply(int status, byte[] body) {}

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Reply reply = reply(exchange);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (reply.status() == 429 || reply.status() == 503) {
                exchange.getResponseHeaders().set("Retry-After", RETRY_SECONDS);
            }
            exchange.sendResponseHeaders(reply.status(), reply.body().length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(reply.body());
            }
            sent.addAndGet(reply.body().length);
        } catch (RuntimeException e) {
            // a bug, and the JDK's server would end the connection without a word
            LOG.error("a guest's question could not be answered", e);
            throw e;
        }
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        String asked =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        return switch (asked) {
            case "GET /v1/models" ->
                new Reply(
                        200,
                        GuestAnswer.models(
                                models.get().stream().map(ModelServer::offered).toList()));
            case "POST /v1/chat/completions" -> completions(exchange);
            default -> new Reply(404, error("not_found", "known here: GET /v1/models, POST /v1/chat/completions"));
        };
    }

    private Reply completions(HttpExchange exchange) throws IOException {
        questions.incrementAndGet();
        byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
        received.addAndGet(body.length);
        if (body.length > LONGEST_BODY) {
            refused.incrementAndGet();
            return new Reply(413, error("too_long", "the body is longer than " + LONGEST_BODY + " bytes"));
        }
        if (precedence.isOwnBusy() || !guests.tryAcquire()) {
            sentAway.incrementAndGet();
            return new Reply(429, error("busy", "busy with other questions; try again in " + RETRY_SECONDS + " s"));
        }
        try {
            return answer(GuestQuestion.read(body));
        } catch (GuestQuestion.Refused e) {
            refused.incrementAndGet();
            return new Reply(400, error("invalid_request_error", String.valueOf(e.getMessage())));
        } finally {
            guests.release();
        }
    }

    private Reply answer(GuestQuestion question) {
        Optional<Hosted> model = models.get().stream()
                .filter(hosted -> question.model().isEmpty()
                        || question.model().equals("default")
                        || question.model().equals(hosted.name()))
                .findFirst();
        if (model.isEmpty()) {
            refused.incrementAndGet();
            return new Reply(404, error("model_not_found", "no such model here; GET /v1/models lists all"));
        }
        Hosted hosted = model.get();
        String id = "penstock-" + Long.toHexString(questions.get());
        try {
            byte[] body = switch (question.wanted()) {
                case GuestQuestion.Wanted.Labels(List<String> labels) ->
                    GuestAnswer.scores(
                            id,
                            offered(hosted),
                            clock.instant(),
                            hosted.model().score(question.prompt(), labels, deadline));
                case GuestQuestion.Wanted.Text(String grammar, int maxTokens) ->
                    GuestAnswer.completion(
                            id,
                            offered(hosted),
                            clock.instant(),
                            hosted.model().complete(question.prompt(), grammar, maxTokens, deadline));
            };
            answered.incrementAndGet();
            return new Reply(200, body);
        } catch (ModelUnavailable e) {
            failed.incrementAndGet();
            // the reason, not the message: that may name files
            boolean theirs = e.reason() == ModelUnavailable.Reason.FAILED;
            return new Reply(
                    theirs ? 422 : 503,
                    error(
                            theirs ? "invalid_request_error" : "unavailable",
                            theirs
                                    ? "the model cannot answer this: is the question too long, or the grammar wrong?"
                                    : "the model does not answer now"));
        }
    }

    private static GuestAnswer.Offered offered(Hosted hosted) {
        return new GuestAnswer.Offered(hosted.name(), hosted.sha256());
    }

    private static byte[] error(String type, String message) {
        return GuestAnswer.error(type, message);
    }

    /** The port that is listened on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        handlers.shutdownNow();
    }
}
