package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames by HTTPS: a POST with the frame as its body, {@code application/cose}. The answer 200 says that it was taken; its body may,
 * of the same type, hold commands, one behind the other (a CBOR sequence, RFC 8742). An empty POST asks for them. The server's certificate is checked
 * against the pinned one, ours is shown where there is one; no proxy, no redirect, no cookie.
 */
public final class HttpsLink implements UplinkLink {
    /** Of a frame, or of several. */
    public static final String TYPE = "application/cose";

    private static final Logger LOG = LoggerFactory.getLogger(HttpsLink.class);
    private static final int OK = 200;
    private static final int MOST_ANSWER = MOST_RECEIVED * FrameSeal.LONGEST;
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final CBORFactory CBOR = new CBORFactory();

    private final URI to;
    private final MqttTls tls;
    private final boolean listens;
    private final Inbox inbox = new Inbox();
    private @Nullable HttpClient client;

    /** @param listens whether commands are taken: without it the answer's body is not read */
    public HttpsLink(URI to, MqttTls tls, boolean listens) {
        this.to = to;
        this.tls = tls;
        this.listens = listens;
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
                .timeout(PATIENCE)
                .header("Content-Type", TYPE)
                .header("Accept", TYPE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            HttpResponse<InputStream> answer = client().send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = answer.body()) {
                if (answer.statusCode() != OK) {
                    throw new IOException(to + " answered " + answer.statusCode() + ", expected 200; is it a hub, and"
                            + " does it know our certificate?");
                }
                if (listens
                        && TYPE.equals(
                                answer.headers().firstValue("Content-Type").orElse(""))) {
                    frames(in.readNBytes(MOST_ANSWER)).forEach(inbox::put);
                }
            }
        } catch (HttpConnectTimeoutException | ConnectException e) {
            throw new NotCarried("connect to " + to + ": " + said(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("post to " + to + ": was interrupted", e);
        }
    }

    private static String said(IOException e) {
        return e.getMessage() == null ? "nobody there answers" : e.getMessage();
    }

    /** The frames of a CBOR sequence, up to the first byte that is none. */
    static List<byte[]> frames(byte[] sequence) {
        List<byte[]> frames = new ArrayList<>();
        try (CBORParser in = CBOR.createParser(sequence)) {
            while (in.nextToken() == JsonToken.START_ARRAY) {
                int from = (int) in.currentTokenLocation().getByteOffset();
                in.skipChildren();
                int to = (int) in.currentLocation().getByteOffset();
                frames.add(Arrays.copyOfRange(sequence, from, to));
            }
        } catch (IOException e) {
            LOG.warn("an answer of {} bytes holds something that is no frame: {}", sequence.length, e.toString());
        }
        return frames;
    }

    /** Made anew for each contact: a certificate that was renewed is read then. */
    private synchronized HttpClient client() throws IOException {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(ProxySelector.of(null))
                    .connectTimeout(CONNECT)
                    .sslContext(tls.context())
                    .sslParameters(tls.parameters())
                    .build();
        }
        return client;
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

    @Override
    public void close() {
        hangUp();
    }
}
