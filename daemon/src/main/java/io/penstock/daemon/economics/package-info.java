/**
 * What inference costs: a central API against machines of one's own.
 *
 * <p>In: volumes, prices, measured token rates. Out: a report whose every figure comes with its arithmetic. Never: reads a file,
 * asks a provider, or fills in a price nobody gave.
 */
@NullMarked
package io.penstock.daemon.economics;

import org.jspecify.annotations.NullMarked;
