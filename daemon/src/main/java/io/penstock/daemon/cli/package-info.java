/**
 * The command line.
 *
 * <p>In: arguments, the configuration, SQLite read-only. Out: text for people, JSON for programs, an exit code. Never: writes to the
 * store of a running daemon.
 */
@NullMarked
package io.penstock.daemon.cli;

import org.jspecify.annotations.NullMarked;
