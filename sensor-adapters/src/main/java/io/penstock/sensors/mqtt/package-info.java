/**
 * MQTT 3.1.1 and 5 by Eclipse Paho, the only place that imports it.
 *
 * <p>In: a broker's address, topic filters, payload formats. Out: readings whose messages are acknowledged after they
 * were saved, and, for the publisher's lane, messages with the broker's answer. Never: keeps a message over a
 * restart (the broker and the outbox do), acknowledges what was not saved, waits on a Paho thread for Paho.
 */
@NullMarked
package io.penstock.sensors.mqtt;

import org.jspecify.annotations.NullMarked;
