package io.penstock.daemon.config;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.detect.OnsetSettings;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.egress.EndpointSettings;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.peer.PeerSettings;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.sparkplug.SparkplugSettings;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration: a record a room.
 *
 * @param socket the local UNIX socket on which a running daemon answers {@code penstock status}
 * @param metrics where the figures are told over HTTP; null: nowhere, and nothing listens
 * @param matrices the symptom matrix of each asset by the asset's id, shipped or the site's own
 */
public record GatewaySettings(
        StoreSettings store,
        List<Asset> assets,
        List<MqttSourceSettings> mqtt,
        List<SparkplugSettings> sparkplug,
        List<OpcUaSourceSettings> opcua,
        List<FileSourceSettings> replay,
        List<WatchSettings> watch,
        WindowSettings window,
        StateSettings state,
        OnsetSettings onset,
        VibrationSettings vibration,
        CaseSettings cases,
        RouteSettings route,
        InferSettings infer,
        PublishSettings publish,
        UplinkSettings uplink,
        PeerSettings peers,
        EndpointSettings endpoint,
        Path socket,
        @Nullable MetricsAddress metrics,
        Map<String, SymptomMatrix> matrices) {
    public GatewaySettings {
        assets = List.copyOf(assets);
        mqtt = List.copyOf(mqtt);
        sparkplug = List.copyOf(sparkplug);
        opcua = List.copyOf(opcua);
        replay = List.copyOf(replay);
        matrices = Collections.unmodifiableMap(new LinkedHashMap<>(matrices));
        watch = List.copyOf(watch);
    }

    /** These settings with all of another's that a running gateway takes up; what stays different needs a start. */
    GatewaySettings takingUp(GatewaySettings next) {
        return new GatewaySettings(
                next.store.at(store.file()).keeping(store.keep()),
                next.assets,
                next.mqtt,
                next.sparkplug,
                next.opcua,
                next.replay,
                next.watch,
                next.window,
                next.state,
                next.onset,
                next.vibration,
                next.cases,
                new RouteSettings(next.route.file(), route.semantic(), next.route.deadline()),
                infer.withLimits(next.infer),
                next.publish,
                uplink,
                peers,
                endpoint,
                socket,
                next.metrics,
                next.matrices);
    }

    /**
     * The same machines, detectors and rules, fed by a recording alone: no other source, nothing published, no uplink,
     * nobody elsewhere asked.
     *
     * @param folder where the replay's own store goes
     * @param models whether models are asked as well
     */
    public GatewaySettings replaying(FileSourceSettings recording, Path folder, boolean models) {
        return new GatewaySettings(
                StoreSettings.of(folder.resolve("replay.db")),
                assets,
                List.of(),
                List.of(),
                List.of(),
                List.of(recording),
                List.of(),
                window.recorded(),
                state,
                onset,
                vibration,
                cases,
                models ? route : new RouteSettings(route.file(), false, route.deadline()),
                models ? infer : infer.withoutModel(),
                publish.withoutBroker(),
                UplinkSettings.OFF,
                PeerSettings.NONE,
                EndpointSettings.OFF,
                folder.resolve("replay.sock"),
                null,
                matrices);
    }
}
