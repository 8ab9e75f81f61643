/**
 * The bounded queue between the sources' threads and the sense lane.
 *
 * <p>In: deliveries from any thread. Out: batches for one commit. Never: drops a delivery it has taken; a full queue makes
 * sources wait, then refuses.
 */
@NullMarked
package io.penstock.daemon.ingest;

import org.jspecify.annotations.NullMarked;
