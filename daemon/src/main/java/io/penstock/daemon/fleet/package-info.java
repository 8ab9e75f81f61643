/**
 * What a hub knows of its sites: whose frame it is, whether it is new, which case it tells of, what it cost. Pure.
 *
 * <p>In: frames with the site they say they are of, and the time they came. Out: a verdict on each, cases, months, gaps in the
 * counters. Never: takes a counter twice; believes a site's name that no key proves.
 */
@NullMarked
package io.penstock.daemon.fleet;

import org.jspecify.annotations.NullMarked;
