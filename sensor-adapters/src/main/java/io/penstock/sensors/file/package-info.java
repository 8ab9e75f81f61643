/**
 * Recorded readings from a file, for replay.
 *
 * <p>In: a CSV table or a recorded stream of JSON lines. Out: its readings in the file's order, with the times they had.
 * Never: writes to the file, holds more than one line of it.
 */
@NullMarked
package io.penstock.sensors.file;

import org.jspecify.annotations.NullMarked;
