/**
 * The metered link: what leaves the site, in how many bytes, at what price, and that nothing does unasked.
 *
 * <p>In: cases as they change. Out: summaries in the queue, sealed frames on the link, a ledger of what they cost. Never: opens a
 * socket, reads a key or queues a summary while off; sends a byte the budget has not granted; uses a counter twice.
 */
@NullMarked
package io.penstock.daemon.uplink;

import org.jspecify.annotations.NullMarked;
