/**
 * The seam to every model: what it is asked, what it answers, and how it fails.
 *
 * <p>In: a prompt or a text, and a deadline. Out: label probabilities, a completion or a vector. Never: knows which
 * runtime answers, or why it was asked.
 */
@NullMarked
package io.penstock.models.language;

import org.jspecify.annotations.NullMarked;
