/**
 * From observations to findings.
 *
 * <p>In: observations, in journal order. Out: {@link io.penstock.daemon.detect.Finding findings}: what is unusual, by how much,
 * against which limit. Never: clock, file, socket or logger; knows cases or faults beyond symptom names.
 */
@NullMarked
package io.penstock.daemon.detect;

import org.jspecify.annotations.NullMarked;
