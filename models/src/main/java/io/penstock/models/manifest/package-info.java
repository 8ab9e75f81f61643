/**
 * What is known of a model before any of its bytes are trusted: one TOML file a model.
 *
 * <p>In: manifest files, or the path of a model file of the site's own. Out: {@link
 * io.penstock.models.manifest.ModelManifest}, {@link io.penstock.models.manifest.GgufHeader}. Never: downloads, loads
 * or runs anything.
 */
@NullMarked
package io.penstock.models.manifest;

import org.jspecify.annotations.NullMarked;
