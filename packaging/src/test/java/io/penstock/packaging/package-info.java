/**
 * What is promised of the product as it is installed. In: the unit files and, under the profile {@code deb}, the built
 * package. Out: nothing. Never starts anything that outlives its test, and never touches an installation it did not make.
 */
@NullMarked
package io.penstock.packaging;

import org.jspecify.annotations.NullMarked;
