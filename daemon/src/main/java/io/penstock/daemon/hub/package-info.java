/**
 * The other end of the metered link: frames of many sites come in, are judged, saved, answered, shown and published.
 *
 * <p>In: frames over MQTT, HTTPS and from folders, sites' keys. Out: rows in SQLite or PostgreSQL, retained states on a broker.
 * Never: answers a frame before the commit that holds it; takes one twice; stops for a bad one.
 */
@NullMarked
package io.penstock.daemon.hub;

import org.jspecify.annotations.NullMarked;
