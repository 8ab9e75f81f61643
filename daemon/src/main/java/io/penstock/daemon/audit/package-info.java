/**
 * What is spent on central models that a local one could do: API logs, call by call, to a report.
 *
 * <p>In: lines of logs, prices, a router's plans. Out: counts, money and shares with their intervals; pages without a word of a
 * prompt that is not everyday vocabulary. Never: reads a file, sends anything, keeps a prompt beyond a bounded sample.
 */
@NullMarked
package io.penstock.daemon.audit;

import org.jspecify.annotations.NullMarked;
