/**
 * From a text or a case to who answers.
 *
 * <p>In: a case or a text, and what each tier says of it. Out: a {@code RoutePlan} with its reasons. Never: clock, file, socket or
 * logger; runs a model itself (the embedder is handed in, and its failure is one more reason in a plan). Files that are part of the
 * program are read by {@code ShippedRoutes} alone.
 */
@NullMarked
package io.penstock.daemon.route;

import org.jspecify.annotations.NullMarked;
