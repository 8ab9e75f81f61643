package io.penstock.daemon.fleet;

/**
 * What a frame cost that arrived.
 *
 * @param bytes on the link, with what the link adds
 * @param billed bytes the provider counts
 * @param money in the tariff's currency
 */
public record Cost(long bytes, long billed, double money) {}
