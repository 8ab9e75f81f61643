package io.penstock.daemon;

import io.penstock.daemon.cases.CaseBook;
import io.penstock.daemon.publish.ResultMessages;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkIntake;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What readings are judged by: all of it is exchanged together, between two batches.
 *
 * @param mostAnomalies anomaly events of a channel in one minute of source time, at most; 0: none are told
 */
record Rules(
        Map<String, AssetWatch> watches,
        CaseBook book,
        Advisor advisor,
        ResultMessages messages,
        int mostAnomalies,
        @Nullable UplinkIntake uplink,
        StoreSettings settings) {
    Rules {
        watches = Map.copyOf(watches);
    }
}
