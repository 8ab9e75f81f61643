package io.penstock.daemon.hub;

import io.penstock.daemon.uplink.FrameItem;

/** What became of a command, as its site tells it. */
public record ToldReceipt(String site, FrameItem.Receipt receipt) {}
