/**
 * What is going on: the service manager is told, and whoever asks on the local socket.
 *
 * <p>In: counters and states of the running parts. Out: sd_notify messages, status as JSON. Never: listens on a network interface.
 */
@NullMarked
package io.penstock.daemon.health;

import org.jspecify.annotations.NullMarked;
