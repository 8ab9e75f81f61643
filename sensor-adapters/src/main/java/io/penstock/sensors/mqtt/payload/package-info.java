/**
 * What the bytes of a message mean.
 *
 * <p>In: bytes, the channel they belong to, the time they came. Out: readings, or the reason why there are none.
 * Never: clock, file, socket or logger; an exception, whatever the bytes are.
 */
@NullMarked
package io.penstock.sensors.mqtt.payload;

import org.jspecify.annotations.NullMarked;
