package io.penstock.daemon.cases;

/** What became of a case, when a person should hear of it. */
public sealed interface CaseChange {
    /** The case as it now stands, with its new version. */
    CaseRecord record();

    /** A case that did not exist: version 1. */
    record Opened(CaseRecord record) implements CaseChange {}

    /** Severity, best candidate or evidence changed: a new version. */
    record Updated(CaseRecord record) implements CaseChange {}

    /** Nothing was active for the settled time: the last version, with {@code closedMicros} set. */
    record Closed(CaseRecord record) implements CaseChange {}
}
