package io.penstock.sensors.mqtt;

import java.io.IOException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** TLS for one who listens and lets in only clients with a certificate. */
public final class ListeningTls {
    private ListeningTls() {}

    /**
     * @param tls our certificate and key; trusted is who issues the clients' certificates
     * @throws IOException with what is wrong with the files and what to do
     */
    public static SSLContext context(MqttTls tls) throws IOException {
        return TlsSockets.context(tls);
    }

    /** A client without a certificate does not get in. */
    public static SSLParameters parameters(SSLContext context, MqttTls tls) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(TlsSockets.protocols(tls.minimum()));
        parameters.setNeedClientAuth(true);
        return parameters;
    }
}
