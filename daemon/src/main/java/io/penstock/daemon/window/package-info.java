/**
 * From readings to what detectors look at.
 *
 * <p>In: journalled readings, in journal order. Out: {@link io.penstock.daemon.window.Observation observations}. Never: clock,
 * file, socket or logger; same readings, same observations.
 */
@NullMarked
package io.penstock.daemon.window;

import org.jspecify.annotations.NullMarked;
