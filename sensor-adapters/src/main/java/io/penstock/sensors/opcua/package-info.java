/**
 * OPC UA by Eclipse Milo, the only place that imports it.
 *
 * <p>In: a server's address and nodes. Out: readings with the server's quality and source time. Never: writes a value
 * or calls a method on a server; waits on a Milo thread for Milo.
 */
@NullMarked
package io.penstock.sensors.opcua;

import org.jspecify.annotations.NullMarked;
