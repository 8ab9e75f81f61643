/**
 * Reads the configuration and the asset files: one file, a table a room.
 *
 * <p>In: TOML. Out: the rooms' settings records, or every problem at once with its line and the nearest spelling. Never: decides
 * anything a room decides.
 */
@NullMarked
package io.penstock.daemon.config;

import org.jspecify.annotations.NullMarked;
