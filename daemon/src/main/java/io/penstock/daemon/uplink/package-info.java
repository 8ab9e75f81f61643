/**
 * The metered link: what would leave the site, and that nothing does unasked.
 *
 * <p>In: settings. Out: a refusal of anything but off, in this version. Never: opens a socket, looks up a name, or queues a
 * summary while off.
 */
@NullMarked
package io.penstock.daemon.uplink;

import org.jspecify.annotations.NullMarked;
