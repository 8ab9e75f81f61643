/**
 * An operator's orders about baselines, cases and the configuration, from the command line to the running daemon.
 *
 * <p>In: an order file in the folder beside the store; who may write there may give orders. Out: the order, and its answer in a file
 * of the same name. Never: touches the store, a detector
 * (the sense lane does, between two batches) or a setting.
 */
@NullMarked
package io.penstock.daemon.commission;

import org.jspecify.annotations.NullMarked;
