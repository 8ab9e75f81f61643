/**
<<<<<<< HEAD
<<<<<<< HEAD
 * The command line.
 *
 * <p>In: arguments, the configuration, SQLite read-only. Out: text for people, JSON for programs, an exit code. Never: writes to the
 * store of a running daemon.
=======
 * The command line: what a person types, and what comes back.
 *
 * <p>In: arguments and files. Out: text, files and an exit code. Never: decides anything a room decides.
>>>>>>> refs/heads/scalar
=======
 * The command line.
 *
 * <p>In: arguments and files. Out: text, files and an exit code. Never: decides what a reading means; that is done in the rooms
 * it calls.
>>>>>>> refs/heads/vibration
 */
@NullMarked
package io.penstock.daemon.cli;

import org.jspecify.annotations.NullMarked;
