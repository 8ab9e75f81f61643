package io.penstock.daemon.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.penstock.daemon.listen.HttpBounds;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /metrics} on loopback with the figures in OpenMetrics text. Nothing can be ordered through it. */
public final class MetricsPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsPort.class);
    private static final String PATH = "/metrics";

    private final HttpServer server;
    private final ExecutorService handlers;

    private MetricsPort(HttpServer server, ExecutorService handlers) {
        this.server = server;
        this.handlers = handlers;
    }

    /** @throws IOException when the port is taken */
    public static MetricsPort open(MetricsAddress address, Supplier<String> figures) throws IOException {
        HttpBounds.GATEWAY.set();
        HttpServer server = HttpServer.create(address.socket(), 16);
        ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(handlers);
        server.createContext("/", exchange -> answer(exchange, figures));
        server.start();
        return new MetricsPort(server, handlers);
    }

    private static void answer(HttpExchange exchange, Supplier<String> figures) throws IOException {
        try (exchange) {
            boolean known = exchange.getRequestURI().getPath().equals(PATH);
            if (!known || !exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(known ? 405 : 404, -1);
                return;
            }
            byte[] text = figures.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", OpenMetricsText.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, text.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(text);
            }
        } catch (RuntimeException e) {
            LOG.error("the figures could not be told", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        handlers.shutdownNow();
    }
}
