/**
 * From a text or a case to who answers.
 *
 * <p>In: a case or a text, and what each tier says of it. Out: a {@code RoutePlan} with its reasons. Never: clock, file, socket or logger; runs a model.
 */
@NullMarked
package io.penstock.daemon.route;

import org.jspecify.annotations.NullMarked;
