package io.penstock.daemon.asset;

/** How bad it is. Set by rules alone, never by a model. */
public enum Severity {
    /** Worth a line in the log: a sensor, a small change. */
    ADVISORY,
    /** Plan maintenance; ISO 20816 zone C. */
    WARNING,
    /** Act now; ISO 20816 zone D. */
    ALARM
}
