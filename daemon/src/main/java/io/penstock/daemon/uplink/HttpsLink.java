package io.penstock.daemon.uplink;

import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Frames by HTTPS: a POST with the frame as its body, {@code application/cose}. The answer 200 says that it was taken; its body may,
 * of the same type, hold commands, one behind the other (a CBOR sequence, RFC 8742). An empty POST asks for them. The server's certificate is checked
 * against the pinned one, ours is shown where there is one; no proxy, no redirect, no cookie.
 */
public final class HttpsLink implements UplinkLink {
    /** Of a frame, or of several. */
    public static final String TYPE = "application/cose";

    private static final int OK = 200;
    private static final int MOST_ANSWER = MOST_RECEIVED * FrameSeal.LONGEST;
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What is beyond the bound is no answer of a hub. */
    private static final HttpResponse.BodyHandler<byte[]> TAKEN =
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MOST_ANSWER);

    private final URI to;
    private final MqttTls tls;
    private final boolean listens;
    private final Duration patience;
    private final Inbox inbox = new Inbox();
    private @Nullable HttpClient client;

    /** @param listens whether commands are taken: without it the answer's body is thrown away */
    public HttpsLink(URI to, MqttTls tls, boolean listens) {
        this(to, tls, listens, PATIENCE);
    }

    /** @param patience for a whole answer, the connection included */
    HttpsLink(URI to, MqttTls tls, boolean listens, Duration patience) {
        this.to = to;
        this.tls = tls;
        this.listens = listens;
        this.patience = patience;
    }

    @Override
    public String name() {
        return to.toString();
    }

    /** A line that is down is seen at the attempt. */
    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void send(int keyId, long counter, byte[] frame) throws IOException {
        post(frame);
    }

    @Override
    public boolean mustAsk() {
        return listens;
    }

    @Override
    public void ask() throws IOException {
        post(new byte[0]);
    }

    private void post(byte[] body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(to)
                .header("Content-Type", TYPE)
                .header("Accept", TYPE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<byte[]> answer = answer(request);
        if (answer.statusCode() != OK) {
            throw new IOException(to + " answered " + answer.statusCode() + ", expected 200; is it a hub, and"
                    + " does it know our certificate?");
        }
        if (listens
                && answer.body().length > 0
                && TYPE.equals(answer.headers().firstValue("Content-Type").orElse(""))) {
            FrameSequence.split(answer.body(), MOST_RECEIVED).forEach(inbox::put);
        }
    }

    /** The client's own timeout ends with the answer's head: an answer that stops in its middle must not hold the lane. */
    private HttpResponse<byte[]> answer(HttpRequest request) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> coming = client().sendAsync(request, TAKEN);
        try {
            return coming.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            hangUp();
            throw new IOException("post to " + to + ": no whole answer within " + patience, e);
        } catch (InterruptedException e) {
            hangUp();
            Thread.currentThread().interrupt();
            throw new IOException("post to " + to + ": was interrupted", e);
        } catch (ExecutionException e) {
            hangUp();
            if (e.getCause() instanceof HttpConnectTimeoutException || e.getCause() instanceof ConnectException) {
                throw new NotCarried("connect to " + to + ": " + said(e.getCause()), e);
            }
            throw new IOException("post to " + to + ": " + e.getCause(), e);
        }
    }

    private static String said(Throwable e) {
        return e.getMessage() == null ? "nobody there answers" : e.getMessage();
    }

    /** Made anew for each contact, and after trouble: a certificate that was renewed is read then. */
    private synchronized HttpClient client() throws NotCarried {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(ProxySelector.of(null))
                    .connectTimeout(CONNECT)
                    .sslContext(context())
                    .sslParameters(tls.parameters())
                    .build();
        }
        return client;
    }

    private SSLContext context() throws NotCarried {
        try {
            return tls.context();
        } catch (LinkDown e) {
            // no byte has left: a certificate that cannot be read for a month must not use up the budget
            throw new NotCarried(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public List<byte[]> received() {
        return inbox.take();
    }

    @Override
    public synchronized void hangUp() {
        if (client != null) {
            client.shutdownNow();
            client = null;
        }
    }
}
