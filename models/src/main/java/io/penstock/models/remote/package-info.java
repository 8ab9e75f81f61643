/**
 * A language model behind an OpenAI-compatible server: another Penstock, llama.cpp's server, vLLM, Ollama or a service.
 *
 * <p>In: a prompt and a deadline; whom to trust. Out: label probabilities or a completion, read as untrusted, or
 * {@code ModelUnavailable} in one plain line. Never: follows a redirect, uses a proxy, reads more than its bound, puts anything of
 * the question into an address, a header or a message.
 */
@NullMarked
package io.penstock.models.remote;

import org.jspecify.annotations.NullMarked;
