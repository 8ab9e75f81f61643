/**
 * Asks the model a route names, within a deadline.
 *
 * <p>In: a prompt, the closed set of labels, a grammar. Out: what the model said, or in plain words why it said nothing. Never:
 * lets the model's trouble be the pipeline's: every failure is a value.
 */
@NullMarked
package io.penstock.daemon.infer;

import org.jspecify.annotations.NullMarked;
