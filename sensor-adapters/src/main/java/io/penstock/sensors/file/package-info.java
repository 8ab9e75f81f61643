/**
 * Recorded readings from files: one for replay, or a folder of them as they come.
 *
 * <p>In: CSV tables, recorded streams of JSON lines, {@code .npy} and {@code .wav}. Out: their readings in the file's order, with the
 * times they had. Never: writes to a file; holds more than one line of a text.
 */
@NullMarked
package io.penstock.sensors.file;

import org.jspecify.annotations.NullMarked;
