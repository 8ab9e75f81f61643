/**
 * Sparkplug B 3.0 as a listener: births, data by alias, sequence, deaths.
 *
 * <p>In: what edge nodes publish. Out: readings; for a node whose state is not known, the request to be born again. Never:
 * any other command, and no STATE, for it is not the primary host of any node. {@code Metric}, {@code SparkplugPayload},
 * {@code EdgeNode} and {@code EdgeNodes} are pure.
 */
@NullMarked
package io.penstock.sensors.sparkplug;

import org.jspecify.annotations.NullMarked;
