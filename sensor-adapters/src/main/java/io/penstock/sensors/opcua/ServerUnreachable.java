package io.penstock.sensors.opcua;

import java.io.IOException;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;

/** The OPC UA server cannot be used now; it is asked again later. */
public final class ServerUnreachable extends IOException {
    private static final long serialVersionUID = 1L;

    public ServerUnreachable(String message) {
        super(message);
    }

    public ServerUnreachable(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether the server has as many connections, sessions or subscriptions as it permits. */
    boolean isForTooMany() {
        return UaException.extractStatusCode(this)
                .map(StatusCode::value)
                .filter(code -> code == StatusCodes.Bad_TooManySessions
                        || code == StatusCodes.Bad_TooManySubscriptions
                        || code == StatusCodes.Bad_TcpServerTooBusy
                        || code == StatusCodes.Bad_TcpNotEnoughResources
                        || code == StatusCodes.Bad_MaxConnectionsReached)
                .isPresent();
    }
}
