/**
 * The command line: what a person types, and what comes back.
 *
 * <p>In: arguments, the configuration, files, SQLite read-only. Out: text for people, JSON for programs, an exit code. Never: decides
 * what a room decides, or writes to the store of a running daemon.
 */
@NullMarked
package io.penstock.daemon.cli;

import org.jspecify.annotations.NullMarked;
