package io.penstock.daemon.listen;

import java.time.Duration;

/**
 * Bounds of the JDK's own server, which reads them once for the whole process when it is first used.
 *
 * @param connections of each server that are open at once
 * @param request a client that stalls in its request is let go after this, whole seconds
 * @param answer the clock runs from the request on, whole seconds
 */
public record HttpBounds(int connections, Duration request, Duration answer) {
    /** Of a gateway: an answer has its time, because a model's takes it. */
    public static final HttpBounds GATEWAY = new HttpBounds(32, Duration.ofSeconds(5), Duration.ofSeconds(120));

    private static final int LOOK_MILLIS = 2_000;
    private static final int HEAD_BYTES = 16_384;

    /** To be called before any server is made. The first bounds stay; what the command line of the process says goes before them. */
    public void set() {
        set("jdk.httpserver.maxConnections", connections);
        set("sun.net.httpserver.maxReqTime", request.toSeconds());
        set("sun.net.httpserver.maxRspTime", answer.toSeconds());
        set("sun.net.httpserver.clockTick", LOOK_MILLIS);
        set("sun.net.httpserver.maxReqHeaderSize", HEAD_BYTES);
    }

    private static void set(String property, long value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Long.toString(value));
        }
    }
}
