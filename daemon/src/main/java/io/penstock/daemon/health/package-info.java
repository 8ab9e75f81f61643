/**
 * What is going on: the service manager is told, and whoever asks on the local socket.
 *
 * <p>In: counters and states of the running parts. Out: sd_notify messages, status as JSON, OpenMetrics where they are
 * switched on. Never: listens beyond loopback, takes an order.
 */
@NullMarked
package io.penstock.daemon.health;

import org.jspecify.annotations.NullMarked;
