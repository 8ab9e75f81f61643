package io.penstock.daemon.egress;

import io.penstock.daemon.peer.StandbySettings;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.Tariff;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The {@code [endpoint]} table. Off is the default: nothing is opened, read or sent.
 *
 * @param server whom to ask; null while off
 * @param below a diagnosis less confident than this is asked about, 0..1
 * @param mostSensitive the most sensitive data class that may leave
 * @param fields what of a case may leave
 * @param budget caps on bytes and money, at least one
 * @param overheadBytes what a question costs beyond its body: head and TLS
 * @param deadline for both answers
 */
public record EndpointSettings(
        @Nullable StandbySettings server,
        double below,
        Sensitivity mostSensitive,
        Set<EgressField> fields,
        Budget budget,
        int overheadBytes,
        Duration deadline) {
    public static final EndpointSettings OFF = new EndpointSettings(
            null,
            0,
            Sensitivity.OPEN,
            EnumSet.noneOf(EgressField.class),
            new Budget(Tariff.free("USD"), List.of(), List.of(0.0, 0.0, 0.0, 0.0)),
            0,
            Duration.ZERO);

    public EndpointSettings {
        fields = Set.copyOf(fields);
        if (server != null && budget.caps().isEmpty()) {
            throw new IllegalArgumentException(
                    "has no cap; it is bounded before its first byte: set bytes_per_day or money_per_month");
        }
        if (server != null && !mostSensitive.mayEverLeave()) {
            throw new IllegalArgumentException(
                    "data_class is \"" + mostSensitive.word() + "\", and that never leaves; expected open or internal");
        }
    }

    public boolean enabled() {
        return server != null;
    }

    /** For a person. */
    public String text() {
        StandbySettings to = server;
        if (to == null) {
            return "off";
        }
        return "on, " + to.name() + " at " + to.target().base() + ", asked below a confidence of "
                + Math.round(100 * below) + " %, data class up to " + mostSensitive.word() + ", "
                + budget.caps().stream().map(cap -> cap.text(budget.tariff())).collect(Collectors.joining(", "));
    }
}
