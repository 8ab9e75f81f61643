package io.penstock.models.remote;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's HTTP client as a wire: TLS 1.2 or later, no redirect, no proxy, no cookie, no retry, an answer of bounded size and time.
 * No socket before the first question. The key files are read when a client is made: at the first question, and again after TLS has
 * failed.
 */
public final class HttpWire implements Wire {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    static {
        // read once by the JDK: an idle connection is given up before any usual server does, or a question that met its
        // end would fail
        if (System.getProperty("jdk.httpclient.keepalive.timeout") == null) {
            System.setProperty("jdk.httpclient.keepalive.timeout", "20");
        }
    }

    /**
     * Whom to ask.
     *
     * @param base {@code https://HOST:PORT}, or {@code http://} on loopback; a path before {@code /v1} may follow
     * @param tokenFile its first line is sent as bearer token; read at each question
     * @param connect time for the connection
     * @param mostBytes of an answer
     */
    public record Target(URI base, @Nullable Path tokenFile, Duration connect, int mostBytes) {
        public Target {
            String scheme = String.valueOf(base.getScheme());
            String host = base.getHost();
            if (host == null || !(scheme.equals("https") || scheme.equals("http"))) {
                throw new IllegalArgumentException("found \"" + base + "\", expected https://HOST:PORT");
            }
            if (base.getRawUserInfo() != null || base.getRawQuery() != null || base.getRawFragment() != null) {
                throw new IllegalArgumentException(
                        "has a user, a query or a fragment; a secret belongs into token_file, expected https://HOST:PORT");
            }
            if (scheme.equals("http") && !isLoopback(host)) {
                throw new IllegalArgumentException("found \"" + base
                        + "\", which is not encrypted and not loopback; expected https:// (a server without TLS, as Ollama, needs a"
                        + " TLS proxy before it)");
            }
        }

        /** The same with another bound of an answer. */
        public Target withMostBytes(int other) {
            return new Target(base, tokenFile, connect, other);
        }

        /** Whether nothing leaves this machine. */
        public boolean isPlain() {
            return "http".equals(base.getScheme());
        }

        private static boolean isLoopback(String host) {
            return host.matches("127(\\.\\d{1,3}){3}") || host.equals("[::1]");
        }

        URI completions() {
            String text = base.toString().replaceAll("/+$", "");
            return URI.create((text.endsWith("/v1") ? text : text + "/v1") + "/chat/completions");
        }
    }

    /** Makes the TLS context, reading its files. */
    public interface Tls {
        SSLContext context() throws IOException;
    }

    /**
     * What has passed.
     *
     * @param tries questions posted
     * @param failures of them, without an answer of status 200
     * @param sent bytes of questions
     * @param received bytes of answers, and of what was none
     */
    public record Counts(long tries, long failures, long sent, long received) {}

    private final Target target;
    private final Tls tls;
    private final AtomicLong tries = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private @Nullable HttpClient client;
    private boolean closed;

    /** @param tls not asked for a plain target */
    public HttpWire(Target target, Tls tls) {
        this.target = target;
        this.tls = tls;
    }

    public Counts counts() {
        return new Counts(tries.get(), failures.get(), sent.get(), received.get());
    }

    @Override
    public byte[] post(byte[] body, Duration deadline) throws ModelUnavailable {
        tries.incrementAndGet();
        boolean answered = false;
        try {
            byte[] answer = attempt(body, deadline);
            answered = true;
            return answer;
        } finally {
            if (!answered) {
                failures.incrementAndGet();
            }
        }
    }

    private byte[] attempt(byte[] body, Duration deadline) throws ModelUnavailable {
        HttpRequest.Builder request = HttpRequest.newBuilder(target.completions())
                .header("Content-Type", "application/json")
                .header("User-Agent", "penstock")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        token().ifPresent(value -> request.header("Authorization", "Bearer " + value));
        CompletableFuture<HttpResponse<byte[]>> coming = client().sendAsync(
                        request.build(),
                        head -> new Counted(
                                HttpResponse.BodySubscribers.limiting(
                                        HttpResponse.BodySubscribers.ofByteArray(), target.mostBytes()),
                                received));
        sent.addAndGet(body.length);
        HttpResponse<byte[]> response;
        try {
            response = coming.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            coming.cancel(true);
            throw new ModelUnavailable(Reason.DEADLINE, "no answer within " + deadline.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            coming.cancel(true);
            Thread.currentThread().interrupt();
            throw new ModelUnavailable(Reason.CLOSED, "the question was interrupted", e);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        }
        if (response.statusCode() != 200) {
            throw WireTrouble.status(
                    response.statusCode(),
                    response.headers().firstValue("Retry-After").orElse(""));
        }
        return response.body();
    }

    /** Counts bytes as they come: those of an answer that is cut, or is none, came as well. */
    private record Counted(HttpResponse.BodySubscriber<byte[]> inner, AtomicLong bytes)
            implements HttpResponse.BodySubscriber<byte[]> {
        @Override
        public CompletionStage<byte[]> getBody() {
            return inner.getBody();
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            inner.onSubscribe(subscription);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            buffers.forEach(buffer -> bytes.addAndGet(buffer.remaining()));
            inner.onNext(buffers);
        }

        @Override
        public void onError(Throwable thrown) {
            inner.onError(thrown);
        }

        @Override
        public void onComplete() {
            inner.onComplete();
        }
    }

    private ModelUnavailable failed(Throwable cause) {
        synchronized (this) {
            if (closed) {
                return new ModelUnavailable(Reason.CLOSED, "it was closed", cause);
            }
            for (Throwable t = cause; t != null; t = t.getCause()) {
                if (t instanceof SSLException && client != null) {
                    // its files may be others by the next question
                    client.shutdownNow();
                    client = null;
                    break;
                }
            }
        }
        return WireTrouble.of(cause, target.mostBytes());
    }

    private Optional<String> token() throws ModelUnavailable {
        Path file = target.tokenFile();
        if (file == null) {
            return Optional.empty();
        }
        try {
            String token = Files.readString(file).lines().findFirst().orElse("").strip();
            if (!token.matches("[\\x21-\\x7e]{1,4096}")) {
                throw new ModelUnavailable(
                        Reason.NOT_RUNNING,
                        "the first line of " + file + " is no token: write it there, and nothing else");
            }
            return Optional.of(token);
        } catch (IOException e) {
            throw new ModelUnavailable(Reason.NOT_RUNNING, "read the token from " + file + ": " + e, e);
        }
    }

    private synchronized HttpClient client() throws ModelUnavailable {
        if (closed) {
            throw new ModelUnavailable(Reason.CLOSED, "it was closed");
        }
        HttpClient known = client;
        if (known != null) {
            return known;
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .connectTimeout(target.connect());
        if (!target.isPlain()) {
            try {
                builder.sslContext(tls.context());
            } catch (IOException e) {
                throw new ModelUnavailable(Reason.NOT_RUNNING, String.valueOf(e.getMessage()), e);
            }
            SSLParameters parameters = new SSLParameters();
            parameters.setProtocols(PROTOCOLS);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            builder.sslParameters(parameters);
        }
        HttpClient made = builder.build();
        client = made;
        return made;
    }

    @Override
    public synchronized void close() {
        closed = true;
        HttpClient known = client;
        client = null;
        if (known != null) {
            known.shutdownNow();
        }
    }
}
