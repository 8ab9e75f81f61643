/**
 * From diagnoses to MQTT result topics.
 *
 * <p>In: cases and diagnoses as values. Out: messages (pure), and a lane that takes them from the outbox and sends them. Never:
 * decides what a case is, or sends anything but the site's own result topics.
 */
@NullMarked
package io.penstock.daemon.publish;

import org.jspecify.annotations.NullMarked;
