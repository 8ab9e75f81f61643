package io.penstock.daemon.store;

import io.penstock.sensors.reading.Reading;

/** A reading on disk, with its place in the journal. Positions only grow, also over restarts. */
public record Journalled(long position, Reading reading) {}
