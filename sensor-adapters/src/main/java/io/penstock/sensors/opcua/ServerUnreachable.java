package io.penstock.sensors.opcua;

import java.io.IOException;

/** The OPC UA server cannot be used now; it is asked again later. */
public final class ServerUnreachable extends IOException {
    private static final long serialVersionUID = 1L;

    public ServerUnreachable(String message) {
        super(message);
    }

    public ServerUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
