/**
 * Embedding texts by ONNX Runtime. Loaded in the worker's process alone.
 *
 * <p>In: a text. Out: its vector of unit length. Never: is loaded in the daemon; embeds two texts in one batch, whose
 * mates would change the vector; reads control tokens out of a text.
 */
@NullMarked
package io.penstock.models.onnx;

import org.jspecify.annotations.NullMarked;
