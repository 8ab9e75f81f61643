/**
 * How right the diagnoses are: rules, retrieval, a model alone and the whole, side by side on cases whose answer is known.
 *
 * <p>In: a golden set, symptom matrices, a router, a language model where there is one. Out: figures with intervals. Never: changes a
 * case's answer, or reads a store.
 */
@NullMarked
package io.penstock.daemon.eval;

import org.jspecify.annotations.NullMarked;
