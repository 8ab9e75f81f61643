package io.penstock.daemon;

import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.nio.file.Path;

/** The broker that runs everywhere Java runs. */
class GatewayEmbeddedBrokerTest extends GatewayBrokerContract {
    @Override
    Broker broker(Path store) throws Exception {
        return new EmbeddedBroker();
    }

    @Override
    OtherSide otherSide(Broker broker) throws Exception {
        return new PahoSide(broker.uri());
    }

    @Override
    boolean sendsWills() {
        return false;
    }
}
