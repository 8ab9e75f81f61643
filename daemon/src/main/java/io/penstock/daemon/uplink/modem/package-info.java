/**
 * A short-burst modem spoken to by its AT commands, at a serial device or behind a terminal server.
 *
 * <p>In: a frame. Out: one session with the network, and what it brought from the mailbox. Never: begins a session without a signal;
 * says that nothing was carried where that is not sure.
 */
@NullMarked
package io.penstock.daemon.uplink.modem;

import org.jspecify.annotations.NullMarked;
