package io.penstock.daemon.hub;

import io.penstock.daemon.fleet.FleetCase;
import io.penstock.daemon.fleet.FleetMessages;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.sensors.mqtt.LinkDown;
import io.penstock.sensors.mqtt.MqttConnection;
import io.penstock.sensors.mqtt.PublishOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publish lane: cases the broker was not told of, each as an event, and their assets' retained states; marked as told when the
 * broker has acknowledged them. A case that changes while the broker is away is told once, as it then stands.
 */
public final class Republisher {
    private static final Logger LOG = LoggerFactory.getLogger(Republisher.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int TOGETHER = 100;
    private static final int AT_LEAST_ONCE = 1;

    private final HubDatabase database;
    private final MqttConnection connection;
    private final FleetMessages messages;
    private long toldConnection = -1;

    public Republisher(HubDatabase database, MqttConnection connection, FleetMessages messages) {
        this.database = database;
        this.connection = connection;
        this.messages = messages;
    }

    /** Tells a bounded number. Returns whether there were any. */
    public boolean runOnce() throws StoreFailed {
        if (!connection.isConnected()) {
            return false;
        }
        try {
            long present = connection.reconnects();
            if (present != toldConnection) {
                // a broker that came back may have lost what it retained
                send(messages.schemas());
                database.write(c -> {
                    CaseRows.tellAgain(c);
                    return present;
                });
                toldConnection = present;
            }
            List<FleetCase> untold = new ArrayList<>();
            send(database.write(c -> {
                untold.addAll(CaseRows.untold(c, TOGETHER));
                List<FleetMessages.Message> all = new ArrayList<>();
                Set<String> assets = new HashSet<>();
                for (FleetCase each : untold) {
                    all.add(messages.caseEvent(each));
                    if (assets.add(each.site() + "/" + each.key().place())) {
                        all.add(messages.state(
                                each.site(), each.asset(), CaseRows.openOf(c, each.key()), each.updated()));
                    }
                }
                return all;
            }));
            if (!untold.isEmpty()) {
                database.write(c -> {
                    CaseRows.told(c, untold);
                    return untold;
                });
            }
            return !untold.isEmpty();
        } catch (LinkDown e) {
            LOG.debug("not told yet: {}", e.getMessage());
            return false;
        }
    }

    private void send(List<FleetMessages.Message> all) throws LinkDown {
        List<CompletionStage<PublishOutcome>> answers = new ArrayList<>(all.size());
        for (FleetMessages.Message message : all) {
            answers.add(connection.publish(message.topic(), message.payload(), AT_LEAST_ONCE, message.retained()));
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < answers.size(); i++) {
            if (answer(answers.get(i), end - System.nanoTime()) instanceof PublishOutcome.Refused refused) {
                LOG.error(
                        "the broker refused {} with reason {}; check its access rules for this client",
                        all.get(i).topic(),
                        refused.reasonCode());
            }
        }
    }

    private static PublishOutcome answer(CompletionStage<PublishOutcome> stage, long nanos) throws LinkDown {
        try {
            return stage.toCompletableFuture().get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LinkDown down ? down : new LinkDown("published a case", e);
        } catch (TimeoutException e) {
            throw new LinkDown("published a case: no answer within " + PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkDown("published a case: was interrupted", e);
        }
    }
}
