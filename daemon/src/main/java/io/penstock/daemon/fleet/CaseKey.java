package io.penstock.daemon.fleet;

/**
 * Which case of a fleet.
 *
 * @param site the site's number in the store
 * @param place of the asset in the site's list
 * @param number {@link io.penstock.daemon.uplink.Summary#caseNumber}
 * @param openedMinutes since 2026-01-01T00:00Z
 */
public record CaseKey(int site, int place, int number, long openedMinutes) {}
