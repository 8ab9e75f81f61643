/**
 * A machine as its asset file describes it: values only, used by every room.
 *
 * <p>Never: reads a file (that is config's work).
 */
@NullMarked
package io.penstock.daemon.asset;

import org.jspecify.annotations.NullMarked;
