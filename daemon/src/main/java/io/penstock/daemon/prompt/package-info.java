/**
 * From a case to a question.
 *
 * <p>In: a case, its asset, the nearest past cases. Out: a prompt (fixed instruction, symbolised evidence, closed list of candidate faults) and a grammar. Never: clock, file, socket or logger; lets plant text be an instruction.
 */
@NullMarked
package io.penstock.daemon.prompt;

import org.jspecify.annotations.NullMarked;
