/**
 * From a model's answer to a diagnosis.
 *
 * <p>In: a case, a route plan, label scores and a completion (or why there is none). Out: a {@code Diagnosis} in which every number and tag stands in the evidence. Never: clock, file, socket or logger; lets a model set severity.
 */
@NullMarked
package io.penstock.daemon.check;

import org.jspecify.annotations.NullMarked;
