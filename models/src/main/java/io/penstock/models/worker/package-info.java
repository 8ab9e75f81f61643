/**
 * A model's own process: our side and its side, and the frames between them.
 *
 * <p>In: an installed model, questions with deadlines. Out: answers, or {@link
 * io.penstock.models.language.ModelUnavailable}. Never: loads native code in the process that asks; waits past a
 * deadline; starts a model whose checksum is wrong.
 */
@NullMarked
package io.penstock.models.worker;

import org.jspecify.annotations.NullMarked;
