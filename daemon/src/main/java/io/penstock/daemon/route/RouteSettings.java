package io.penstock.daemon.route;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The {@code [route]} table.
 *
 * @param file a routes file of the site's own; null: the shipped one
 * @param semantic false: patterns and rules only, no embedding model is started
 * @param deadline for embedding one text
 */
public record RouteSettings(@Nullable String file, boolean semantic, Duration deadline) {}
