/**
 * The one SQLite file in which the lanes meet: journal, detector snapshots, cases, diagnoses, outbox.
 *
 * <p>In: readings, and what the later rooms decided, as values. Out: the same, after a restart too. Never: judges, sends or
 * forgets what it was told to keep; what it may forget is bounded by settings.
 */
@NullMarked
package io.penstock.daemon.store;

import org.jspecify.annotations.NullMarked;
