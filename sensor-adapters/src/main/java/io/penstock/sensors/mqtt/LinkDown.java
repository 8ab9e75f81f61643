package io.penstock.sensors.mqtt;

import java.io.IOException;

/** The broker cannot be reached now or did not answer; what was to be sent stays in the outbox. */
public sealed class LinkDown extends IOException permits VersionRefused {
    private static final long serialVersionUID = 1L;

    public LinkDown(String message) {
        super(message);
    }

    public LinkDown(String message, Throwable cause) {
        super(message, cause);
    }
}
