/**
 * Curves for people: on a terminal and as a picture.
 *
 * <p>In: {@link io.penstock.daemon.plot.Chart charts}, values with the limits and marks that belong to them. Out: lines of text,
 * or the bytes of a PNG. Never: reads a store or a file, decides what is unusual, or lets a name from the plant be more than
 * letters.
 */
@NullMarked
package io.penstock.daemon.plot;

import org.jspecify.annotations.NullMarked;
