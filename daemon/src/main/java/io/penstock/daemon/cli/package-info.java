/**
 * The command line.
 *
 * <p>In: arguments and files. Out: text, files and an exit code. Never: decides what a reading means; that is done in the rooms
 * it calls.
 */
@NullMarked
package io.penstock.daemon.cli;

import org.jspecify.annotations.NullMarked;
