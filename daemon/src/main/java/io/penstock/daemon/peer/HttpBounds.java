package io.penstock.daemon.peer;

/**
 * Bounds of the JDK's own server, which reads them once for the whole process when it is first used: a client that stalls in its
 * request is let go after 5 s; an answer has 120 s, because a model's takes its time and the clock runs from the request on; of each
 * server at most 32 connections are open.
 */
public final class HttpBounds {
    private HttpBounds() {}

    /** To be called before any server is made; again is no error. */
    public static void set() {
        atMost("sun.net.httpserver.clockTick", 2_000);
        atMost("sun.net.httpserver.maxReqTime", 5);
        atMost("sun.net.httpserver.maxRspTime", 120);
        atMost("sun.net.httpserver.maxReqHeaderSize", 16_384);
        atMost("jdk.httpserver.maxConnections", 32);
    }

    /** What the command line of the process says goes first. */
    private static void atMost(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }
}
