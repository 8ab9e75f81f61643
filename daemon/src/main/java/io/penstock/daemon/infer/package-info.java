/**
 * Asks the models a route leads to, one after the other, within a deadline.
 *
 * <p>In: candidates, a prompt, the closed set of labels, a grammar. Out: what the first that answered said, or in plain words why nobody
 * did, and who was tried. Never: lets a model's trouble be the pipeline's: every failure is a value; asks one that is known to be down.
 */
@NullMarked
package io.penstock.daemon.infer;

import org.jspecify.annotations.NullMarked;
