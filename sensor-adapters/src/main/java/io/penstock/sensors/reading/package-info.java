/**
 * The seam to every sensor protocol.
 *
 * <p>In: nothing. Out: {@link io.penstock.sensors.reading.Reading readings} with source time, receive time and quality,
 * handed to a {@link io.penstock.sensors.reading.ReadingSink}. Never: stores, judges or drops a reading silently.
 */
@NullMarked
package io.penstock.sensors.reading;

import org.jspecify.annotations.NullMarked;
