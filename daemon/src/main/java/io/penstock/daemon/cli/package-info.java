/**
 * The command line: what a person types, and what comes back.
 *
 * <p>In: arguments and files. Out: text, files and an exit code. Never: decides anything a room decides.
 */
@NullMarked
package io.penstock.daemon.cli;

import org.jspecify.annotations.NullMarked;
