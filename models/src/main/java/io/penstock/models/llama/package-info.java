/**
 * llama.cpp by the foreign function interface. Loaded in the worker's process alone: two of its failures abort the
 * process, and a hostile model file may do worse.
 *
 * <p>In: a model file, instructions, questions, labels, grammars. Out: log-probabilities and texts. Never: is loaded in
 * the daemon; hands the library an empty grammar, a batch longer than it takes, or a token it did not sample.
 */
@NullMarked
package io.penstock.models.llama;

import org.jspecify.annotations.NullMarked;
