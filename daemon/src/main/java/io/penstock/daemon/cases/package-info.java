/**
 * From findings to cases: one cause on one asset is one case.
 *
 * <p>In: findings. Out: cases opened, updated and closed, each with numbered evidence and ranked candidate faults. Never: clock,
 * file, socket or logger; asks no model.
 */
@NullMarked
package io.penstock.daemon.cases;

import org.jspecify.annotations.NullMarked;
