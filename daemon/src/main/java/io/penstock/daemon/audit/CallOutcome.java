package io.penstock.daemon.audit;

/** What a line of a log was. */
public sealed interface CallOutcome {
    record Parsed(Call call) implements CallOutcome {}

    /** A line that says nothing of a request: a blank one, a server's chatter. */
    record Other() implements CallOutcome {}

    /**
     * A line that should have been one and is not.
     *
     * @param reason what was found and expected, without the line's own text
     */
    record Rejected(String reason) implements CallOutcome {}
}
