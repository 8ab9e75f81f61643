/**
 * The sovereign endpoint: the last rung, beyond the site, and the only place where anything of a case may leave it.
 *
 * <p>In: a case whose diagnosis is not sure enough. Out: an endpoint's answer as untrusted as any model's, and a line on disk for
 * every byte that left or came, written before it left. Never: sends what no allow-list names, a name of the plant, anything beyond
 * its budget, or anything at all while it is off.
 */
@NullMarked
package io.penstock.daemon.egress;

import org.jspecify.annotations.NullMarked;
