package io.penstock.daemon;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.fixtures.broker.Broker;
import io.penstock.fixtures.broker.MosquittoBroker;
import java.nio.file.Path;

/** Debian's broker, with its own clients as the other side. */
class GatewayMosquittoTest extends GatewayBrokerContract {
    @Override
    Broker broker(Path store) throws Exception {
        assumeTrue(
                MosquittoBroker.isInstalled(),
                "skipped: GatewayMosquittoTest wants Debian's broker: apt-get install mosquitto mosquitto-clients");
        return new MosquittoBroker(store);
    }

    @Override
    OtherSide otherSide(Broker broker) throws Exception {
        return new MosquittoSide(broker.port());
    }

    @Override
    boolean sendsWills() {
        return true;
    }
}
