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
        System.setProperty("sun.net.httpserver.clockTick", "2000");
        System.setProperty("sun.net.httpserver.maxReqTime", "5");
        System.setProperty("sun.net.httpserver.maxRspTime", "120");
        System.setProperty("sun.net.httpserver.maxReqHeaderSize", "16384");
        System.setProperty("jdk.httpserver.maxConnections", "32");
    }
}
