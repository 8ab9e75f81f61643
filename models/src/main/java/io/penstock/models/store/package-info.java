/**
 * Where models lie on this machine, how they come here, and whether they are what their manifest says.
 *
 * <p>In: manifests, folders, signed bundles. Out: {@link io.penstock.models.store.InstalledModel}, a verdict on its
 * checksums. Never: fetches anything unless asked by {@code pull}, gives a file its final name before its checksum is
 * right, or keeps a bundle whose signature it does not believe.
 */
@NullMarked
package io.penstock.models.store;

import org.jspecify.annotations.NullMarked;
