/**
 * Other machines that answer, and this one answering them: warm standbys and the node's own OpenAI-compatible server.
 *
 * <p>In: questions about cases; guests' requests over mutual TLS. Out: models to ask elsewhere with what they are worth just now;
 * answers of the local models. Never: opens a socket that was not asked for, lets a guest go before a case of this site, hands a
 * guest's question on to another machine.
 */
@NullMarked
package io.penstock.daemon.peer;

import org.jspecify.annotations.NullMarked;
